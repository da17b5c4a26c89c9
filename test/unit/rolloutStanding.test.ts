import * as assert from "node:assert/strict";
import type { Host } from "../../components/rolloutCheck/group";
import { isComplete, type Standing } from "../../components/rolloutCheck/standing";

const host: Host = {
  id: "i-00000000000000001",
  state: "InService",
  healthy: true,
  templateVersion: "7",
  isProtected: false,
};
const refresh = { status: "Successful", reason: "", percent: 100, startedAt: 0, endedAt: 1, templateVersion: "7" };
const complete: Standing = {
  desired: 2,
  proven: [host, host],
  unproven: [],
  others: [],
  otherVersion: undefined,
  former: undefined,
  hasServed: true,
  pending: [],
  missing: 0,
  refresh,
  refreshUnderWay: false,
  abandoned: [],
  launchFailure: undefined,
  suspended: [],
  hindrances: [],
};

describe("a rollout is complete", () => {
  const changes: Readonly<Record<string, readonly [boolean, Partial<Standing>]>> = {
    "where all is well": [true, {}],
    "without a refresh": [true, { refresh: undefined }],
    "with more hosts than wanted": [true, { desired: 1 }],
    "and hosts gave up on the way": [true, { abandoned: [{ id: host.id, report: undefined, message: "" }] }],
    "but for a host that is missing": [false, { desired: 3 }],
    "but for all of them": [false, { desired: 0, proven: [] }],
    "but for one of which nobody knows": [false, { unproven: [{ host, report: undefined, trouble: undefined }] }],
    "but for one of another release": [false, { others: [host] }],
    "but for the version that the next ones are started with": [false, { otherVersion: "6" }],
    "but for one that boots": [false, { pending: [{ host, milliseconds: 0, stage: undefined }] }],
    ...Object.fromEntries(
      ["Pending", "InProgress", "Baking", "Cancelling", "Cancelled", "Failed", "RollbackInProgress"].map((status) => [
        `but for a refresh that is ${status}`,
        [false, { refresh: { ...refresh, status } }] as const,
      ]),
    ),
  };
  for (const [how, [expected, change]] of Object.entries(changes)) {
    it(how, () => assert.equal(isComplete({ ...complete, ...change }), expected));
  }
});
