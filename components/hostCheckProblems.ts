import { isWithin } from "./bounds";
import { regionForm } from "./checks/endpoint";
import { urlProblems } from "./host/urlProblems";
import type { HostCheckArgs } from "./hostCheck";
import { instanceIdForm } from "./hostCheck/variables";
import type { Problem } from "./problems";

/** What is wrong with a check's own arguments; what is known only once deployed, its program judges. */
export function hostCheckProblems({ instanceId, region, timeoutSeconds, awsEndpointUrl }: HostCheckArgs): Problem[] {
  const problems: Problem[] = [];
  if (typeof instanceId === "string" && !instanceIdForm.test(instanceId)) {
    const rule = "must be the id of an EC2 instance";
    problems.push({ path: "instanceId", value: instanceId, rule, fix: "give the id output of the instance" });
  }
  if (typeof region === "string" && !regionForm.test(region)) {
    const rule = "must be the AWS region that the host is in";
    problems.push({ path: "region", value: region, rule, fix: 'as in "eu-central-1"' });
  }
  if (timeoutSeconds !== undefined && !isWithin(timeoutSeconds, { min: 60, max: 7200 })) {
    problems.push({
      path: "timeoutSeconds",
      value: timeoutSeconds,
      rule: "must be a whole number from 60 to 7200: no host boots sooner, and a deployment must end",
      fix: "leave it out for 900, or give what a boot takes, and what the rotation's timer may add to it",
    });
  }
  return awsEndpointUrl === undefined ? problems : [...problems, ...urlProblems("awsEndpointUrl", awsEndpointUrl)];
}
