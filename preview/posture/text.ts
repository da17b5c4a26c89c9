import type { Environment, Posture, Status } from "../../policy/posture";
import { type Cell, type Colours, grid, pageWidth, visible, wrap } from "../layout";
import { behindText, missingText, placeText, riskText, strategyText, unfoundedText } from "./words";

/** The posture for a person, 100 columns wide. */
export function postureText(posture: Posture, colours: Colours): string {
  const blocks = posture.environments.map((environment) => environmentLines(environment, colours));
  const behind = posture.behind.flatMap((each) => wrap(visible(behindText(each)), pageWidth)).map(colours.red);
  return `${[...blocks, ...(behind.length > 0 ? [behind] : [])].map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** What a preview says of one stack's posture: the risks, what is missing, and in what it is behind another stack. */
export function postureSection({ environments, behind }: Posture, stack: string, colours: Colours): string[] {
  const environment = environments.find((each) => each.stack === stack);
  if (environment === undefined) {
    return [];
  }
  const missing = missingLines(environment, colours);
  const behindLines = behind
    .filter((each) => each.stack === stack)
    .flatMap((each) => wrap(visible(behindText(each)), pageWidth));
  const implemented = environment.mitigations.filter(({ status }) => status === "implemented").length;
  return [
    ...threatLines(environment, colours),
    "",
    ...(missing.length > 0
      ? missing
      : [`All ${implemented} mitigations are implemented; npm run posture shows where.`]),
    ...(behindLines.length > 0 ? ["", ...behindLines.map(colours.red)] : []),
  ];
}

function environmentLines(environment: Environment, colours: Colours): string[] {
  const { project, stack } = environment;
  const notChosen = withStatus(environment, "not chosen").map(({ id }) => id);
  return [
    `${colours.bold(visible(stack))}  ${colours.dim(visible(`${project}, ${strategyText(environment)}`))}`,
    "",
    ...threatLines(environment, colours),
    ...section("missing", missingLines(environment, colours), colours),
    ...section("implemented", implementedLines(environment, colours), colours),
    ...section("not chosen, part of the other way out", wrap(notChosen.join(", "), pageWidth), colours),
  ];
}

function section(title: string, lines: readonly string[], colours: Colours): string[] {
  return lines.join("") === "" ? [] : ["", colours.dim(title), ...lines];
}

function threatLines({ threats }: Environment, { green, red }: Colours): string[] {
  return grid(
    threats.map((threat): Cell[] => [
      threat.title,
      { text: riskText(threat), paint: threat.missing.length === 0 ? green : red },
    ]),
  );
}

/** Each mitigation that is missing, with what is wrong and what to change. */
function missingLines(environment: Environment, colours: Colours): string[] {
  const rows = withStatus(environment, "missing").flatMap(({ id, title, missing }): Cell[][] => [
    [{ text: id, paint: colours.red }, title],
    ...missing.flatMap((each): Cell[][] => [
      ["", visible(missingText(each))],
      ["", { text: `→ ${each.change}`, paint: colours.bold }],
    ]),
  ]);
  const unfounded = environment.unfounded.length === 0 ? [] : wrap(unfoundedText(environment), pageWidth);
  return [...grid(rows), ...unfounded.map(colours.red)];
}

function implementedLines(environment: Environment, colours: Colours): string[] {
  return grid(
    withStatus(environment, "implemented").flatMap(({ id, title, where, answers }): Cell[][] => [
      [{ text: id, paint: colours.green }, title],
      ...where.map((place): Cell[] => ["", { text: visible(placeText(place)), paint: colours.dim }]),
      ...(answers.length === 0 ? [] : [["", { text: `answers ${answers.join(", ")}`, paint: colours.dim }]]),
    ]),
  );
}

function withStatus({ mitigations }: Environment, wanted: Status) {
  return mitigations.filter(({ status }) => status === wanted);
}
