import type { Environment, MitigationPosture, Posture } from "../../policy/posture";
import { visible } from "../layout";
import { behindText, missingText, placeText, riskText, strategyText, unfoundedText } from "./words";

/** The posture for a wiki or a pull request: two tables for each stack. */
export function postureMarkdown({ environments, behind }: Posture): string {
  const blocks = [
    ...(behind.length === 0 ? [] : [behind.map((each) => `- ${escaped(behindText(each))}`)]),
    ...environments.map(environmentLines),
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function environmentLines(environment: Environment): string[] {
  const { stack, threats, mitigations, unfounded } = environment;
  const chosen = mitigations.filter(({ status }) => status !== "not chosen");
  const others = mitigations.filter(({ status }) => status === "not chosen").map(({ id }) => `\`${id}\``);
  return [
    `### ${escaped(stack)}: ${strategyText(environment)}`,
    "",
    ...table(
      ["threat", "risk before → after"],
      threats.map((threat) => [`${threat.title} (\`${threat.id}\`)`, riskText(threat)]),
    ),
    "",
    ...table(
      ["mitigation", "status", "where, or what to change", "answers"],
      chosen.map((each) => [`${each.title} (\`${each.id}\`)`, each.status, details(each), each.answers.join(", ")]),
    ),
    ...(others.length === 0 ? [] : ["", `Not chosen, part of the other way out: ${others.join(", ")}`]),
    ...(unfounded.length === 0 ? [] : ["", unfoundedText(environment)]),
  ];
}

function details({ where, missing }: MitigationPosture): string {
  return [
    ...where.map((place) => escaped(placeText(place))),
    ...missing.map((each) => `${escaped(missingText(each))} → ${escaped(each.change)}`),
  ].join("<br>");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

/** Names come from the program under review: they must end no cell, and be no markup. */
function escaped(text: string): string {
  return visible(text).replace(/[\\`*_[\]<>|&#~!@]/g, (char) => `&#${char.charCodeAt(0)};`);
}
