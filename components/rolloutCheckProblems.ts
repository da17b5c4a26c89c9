import { isWithin } from "./bounds";
import { regionForm } from "./checks/endpoint";
import { urlProblems } from "./host/urlProblems";
import type { Problem } from "./problems";
import type { RolloutCheckArgs } from "./rolloutCheck";
import { groupNameForm, logGroupNameForm, releaseForm, templateVersionForm } from "./rolloutCheck/variables";

const forms = [
  ["region", regionForm, "must be the AWS region that the group is in", 'as in "eu-central-1"'],
  ["groupName", groupNameForm, "must be the name of an auto scaling group", "give the groupName output of the fleet"],
  ["logGroupName", logGroupNameForm, "must be the name of a log group", "give the logGroupName output of the fleet"],
  [
    "templateVersion",
    templateVersionForm,
    "must be the number of a launch template's version: with a name like $Latest nobody knows which one is proven",
    "give the template's latestVersion, as a string",
  ],
] as const;

/** What is wrong with a check's own arguments; what is known only once deployed, its program judges. */
export function rolloutCheckProblems(args: Partial<RolloutCheckArgs>): Problem[] {
  const { release, timeoutSeconds, awsEndpointUrl } = args;
  const problems: Problem[] = [];
  for (const [path, form, rule, fix] of forms) {
    const value = args[path];
    if (typeof value === "string" && !form.test(value)) {
      problems.push({ path, value, rule, fix });
    }
  }
  const id = release && "id" in release ? release.id : undefined;
  if (typeof id === "string" && !releaseForm.test(id)) {
    const rule = "must be an image's id and 16 digits of a digest";
    problems.push({ path: "release.id", value: id, rule, fix: "give the release output of the fleet" });
  }
  if (timeoutSeconds !== undefined && !isWithin(timeoutSeconds, { min: 300, max: 43200 })) {
    problems.push({
      path: "timeoutSeconds",
      value: timeoutSeconds,
      rule: "must be a whole number from 300 to 43200: no rollout is over sooner, and a deployment must end",
      fix: "leave it out for 3600, or give what replacing all hosts takes, and their jobs to finish",
    });
  }
  return awsEndpointUrl === undefined ? problems : [...problems, ...urlProblems("awsEndpointUrl", awsEndpointUrl)];
}
