import { certificates } from "./certificates";
import { docker } from "./docker";
import type { Fixtures } from "./fixture";
import { hosts } from "./hosts";
import { iam } from "./iam";
import { network } from "./network";
import { releases } from "./releases";
import { secrets } from "./secrets";
import { workload } from "./workload";

/** By the rule's id. */
export const fixtures: Readonly<Record<string, Fixtures>> = {
  ...network,
  ...hosts,
  ...docker,
  ...workload,
  ...secrets,
  ...iam,
  ...certificates,
  ...releases,
};
