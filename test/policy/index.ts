import { certificates } from "./certificates";
import { docker } from "./docker";
import type { Fixtures } from "./fixture";
import { hosts } from "./hosts";
import { iam } from "./iam";
import { judged } from "./judged";
import { network } from "./network";
import { releases } from "./releases";
import { secrets } from "./secrets";
import { userData } from "./userData";
import { workload } from "./workload";

/** By the rule's id. */
export const fixtures: Readonly<Record<string, Fixtures>> = {
  ...network,
  ...hosts,
  ...userData,
  ...docker,
  ...workload,
  ...secrets,
  ...iam,
  ...certificates,
  ...releases,
  ...judged,
};
