import * as assert from "node:assert/strict";
import { ExitCode } from "../../components/rolloutCheck/ending";
import { type Call, FakeAws, type Reply } from "../fakeAws";
import { Refusal } from "../host/cloud/awsProtocols";
import { type Played, play, type Setting } from "../rollout/play";
import {
  beginning,
  bootReport,
  oldRelease,
  release,
  type Scenario,
  templateVersion,
  type World,
  type WorldEvent,
  type WorldHost,
} from "../rollout/world";

const fake = new FakeAws();
before(() => fake.start());
after(() => fake.stop());

const id = (count: number) => `i-${count.toString(16).padStart(17, "0")}`;
const throttle = new Refusal("Throttling", "Rate exceeded");
const expired = new Refusal("ExpiredToken", "The security token included in the request is expired", 403);
const unmanaged = new Refusal("InvalidInstanceId", "");
const denied = (action: string) => new Refusal("AccessDenied", `User: arn:aws:iam::1:user/ci may not ${action}`, 403);
const nonsense: Reply = { raw: { status: 200, body: "<html>hotel wifi</html>" } };
/** For one action alone. */
const on = (action: string, reply: Reply) => (call: Call) => (call.action === action ? reply : undefined);
/** From some second on. */
const from = (second: number, reply: Reply) => (_: Call, __: number, seconds: number) =>
  seconds >= second ? reply : undefined;

type Case = readonly [
  what: string,
  scenario: Scenario,
  setting: Setting,
  exitCode: number,
  message: RegExp,
  more?: (played: Played) => void,
];

const { Succeeded } = ExitCode;
const proven = (count: number) => new RegExp(`^ci: ${count} hosts? in service with ${release}, after `);
const desiredIs = (desired: number) => (played: Played) => assert.equal(played.world.desired, desired);
const says = (line: RegExp) => (played: Played) =>
  assert.ok(
    played.progress.some((each) => line.test(each)),
    played.progress.join("\n"),
  );
const proofOf = ({ report }: Played) => JSON.parse(report ?? "{}");
const soon = (seconds: number) => (played: Played) => assert.ok(played.seconds <= seconds, `${played.seconds} s`);

const cases: readonly Case[] = [
  ["proves a group that was just created, without a refresh", {}, {}, Succeeded, proven(2)],
  ["proves what has been in service all the time", { ready: 2 }, {}, Succeeded, proven(2), soon(15)],
  ["waits for a refresh to end", { desired: 4, old: 4 }, {}, Succeeded, proven(4), says(/; refresh 50 %, /)],
  ["waits for hosts that take their time", { bootSeconds: 900 }, {}, Succeeded, proven(2)],
  [
    "mentions a host that gave up and was replaced",
    { old: 2, fates: ["fails"] },
    {},
    Succeeded,
    new RegExp(`gave up and replaced: ${id(3)}\\)$`),
    (played) => assert.deepEqual(proofOf(played).abandoned, [id(3)]),
  ],
  [
    "ends early when three hosts gave up and none serves, with the last one's stage, command, status and words",
    { old: 2, fates: Array(9).fill("fails") },
    {},
    ExitCode.AllAbandoned,
    /^ci: 3 hosts of ami-\S+ gave up, and none came into service\n {2}i-\w+5: the boot failed in stage docker \(exit status 100\), .*\n {4}command: apt-get install docker\n {4}\| E: no mirror left\n {4}\| \[31mred\n {4}\| \[a private key, withheld\]\n/,
    soon(500),
  ],
  [
    "knows hosts that gave up from the group's activities where they left no report",
    { old: 2, fates: Array(9).fill("fails") },
    { instead: on("FilterLogEvents", { events: [] }) },
    ExitCode.AllAbandoned,
    /\n {2}i-\w+: Instance failed to complete .* abandoned; its log group has no report of it\n/,
  ],
  ...(
    [
      ["Cancelled", ExitCode.RefreshCancelled, "was cancelled"],
      ["RollbackInProgress", ExitCode.RollingBack, "goes back to the release before"],
      ["RollbackSuccessful", ExitCode.RolledBack, "went back to the release before"],
      ["RollbackFailed", ExitCode.RollbackFailed, "failed, and so did the way back to the release before"],
    ] as const
  ).map(
    ([status, exitCode, what]): Case => [
      `ends when the refresh is ${status}, with AWS's reason`,
      { old: 2, later: { 60: (world) => world.endRefresh(status, "An alarm\u001b[2J went off") } },
      {},
      exitCode,
      new RegExp(`^ci: the refresh ${what} \\(An alarm \\[2J went off\\)\n(.*\n)*.*start-instance-refresh`),
      soon(120),
    ],
  ),
  [
    "says which host made the refresh fail",
    { old: 2, fates: ["fails"], later: { 140: (world) => world.endRefresh("Failed", "too many") } },
    {},
    ExitCode.RefreshFailed,
    new RegExp(`\n {2}${id(3)}: the boot failed in stage docker `),
  ],
  [
    "does not mind a refresh that failed long ago, where all hosts are of the release by now",
    { ready: 2, refresh: "Failed", later: {} },
    {
      instead: on("DescribeInstanceRefreshes", {
        InstanceRefreshes: [
          { Status: "Failed", StartTime: "2026-11-20T10:00:00Z", EndTime: "2026-11-20T11:00:00Z", StatusReason: "old" },
        ],
      }),
    },
    Succeeded,
    proven(2),
  ],
  [
    "succeeds while AWS throttles three calls of ten",
    { old: 2 },
    { instead: (_, count) => ((count * 7) % 10 < 3 ? throttle : undefined) },
    Succeeded,
    proven(2),
  ],
  [
    "says that it was throttled to the end",
    {},
    { instead: () => throttle },
    ExitCode.Throttled,
    /^ci: AWS throttled the calls until the time was up\n.*Auto Scaling.*\n {2}Waited 30:00$/,
  ],
  [
    "says so, too, where something else was in the way before",
    {},
    { instead: from(60, throttle) },
    ExitCode.Throttled,
    /^ci: AWS throttled the calls until the time was up\n/,
  ],
  [
    "ends when the credentials expire",
    {},
    { instead: from(60, expired) },
    ExitCode.CredentialsExpired,
    /^ci: the deployer's AWS credentials have expired\n/,
    soon(60),
  ],
  ...(
    [
      ["autoscaling", "DescribeAutoScalingGroups", {}],
      ["autoscaling", "DescribeInstanceRefreshes", {}],
      ["autoscaling", "DescribeScalingActivities", {}],
      ["logs", "FilterLogEvents", {}],
      ["ssm", "SendCommand", { fates: ["logless"] }],
      ["ssm", "GetCommandInvocation", { fates: ["logless"] }],
      ["autoscaling", "SetDesiredCapacity", { desired: 0 }],
    ] as const
  ).map(
    ([service, action, scenario]): Case => [
      `ends when ${action} is denied, and names it`,
      scenario,
      { instead: on(action, denied(action)) },
      ExitCode.AccessDenied,
      new RegExp(`^ci: whoever deploys may not call ${service}:${action}\n  User: arn:.*\n  A RolloutCheck needs `),
      (played) => {
        soon(240)(played);
        assert.doesNotMatch(played.message, /The desired capacity/);
      },
    ],
  ),
  [
    "does without the stage of a host that boots where it may not ask",
    { bootSeconds: 300 },
    { instead: on("SendCommand", denied("ssm:SendCommand")) },
    Succeeded,
    proven(2),
  ],
  [
    "ends when AWS does not take the signature",
    {},
    { secretAccessKey: "another" },
    ExitCode.NoCredentials,
    /no AWS credentials that autoscaling:DescribeAutoScalingGroups takes \(\w+\)/,
    soon(0),
  ],
  [
    "ends two minutes after hosts of another release are in service that nothing replaces",
    { ready: 1, old: 1, refresh: "none" },
    {},
    ExitCode.MixedReleases,
    new RegExp(
      `^ci: 1 host in service with another template version than 7, and no refresh is under way\n {2}${id(1)} has version 6\\. Start a refresh and repeat the deployment:\n {2}aws autoscaling start-instance-refresh --auto-scaling-group-name 'ci'`,
    ),
    soon(135),
  ],
  [
    "does so while AWS throttles some of the calls",
    { ready: 1, old: 1, refresh: "none" },
    { instead: (_, count) => (count % 4 === 0 ? throttle : undefined) },
    ExitCode.MixedReleases,
    /no refresh is under way/,
    soon(150),
  ],
  [
    "waits for a refresh that begins late",
    { old: 2, refresh: "Pending", later: { 100: (world) => world.endRefresh("InProgress", "") } },
    {},
    Succeeded,
    proven(2),
  ],
  [
    "goes on until a host is replaced that was lost after it was proven, and says so",
    { later: { 118: (world) => world.terminate(id(1)) } },
    {},
    Succeeded,
    proven(2),
    (played) => assert.ok(!proofOf(played).hosts.ids.includes(id(1))),
  ],
  [
    "says that a proven host was lost",
    { ready: 3, desired: 3, later: { 10: (world) => world.terminate(id(2)) } },
    {},
    Succeeded,
    proven(3),
    (played) => {
      says(new RegExp(`${id(2)} was in service with the release, and is not any more$`))(played);
      assert.equal(played.progress.filter((line) => line.endsWith("looks again")).length, 2);
    },
  ],
  [
    "starts a canary where the group wants no host, and takes it away",
    { desired: 0 },
    {},
    Succeeded,
    new RegExp(`${proven(1).source}.*\n {2}The canary ${id(1)} is terminated, and the desired capacity 0 again$`),
    (played) => {
      assert.equal(played.world.desired, 0);
      assert.equal(proofOf(played).canary, true);
      const changes = played.calls.filter(({ action }) => /^(Set|Terminate)/.test(action));
      assert.deepEqual(
        changes.map(({ action, parameters: { DesiredCapacity, HonorCooldown, InstanceId, ...more } }) => [
          action,
          DesiredCapacity ?? InstanceId,
          HonorCooldown ?? more.ShouldDecrementDesiredCapacity,
        ]),
        [
          ["SetDesiredCapacity", "1", "false"],
          ["TerminateInstanceInAutoScalingGroup", id(1), "true"],
        ],
      );
    },
  ],
  [
    "waits for its canary where AWS shows the new capacity late",
    { desired: 0 },
    {
      instead: (call, _, seconds) =>
        call.action === "DescribeAutoScalingGroups" && seconds < 40
          ? { AutoScalingGroups: [{ DesiredCapacity: 0, MinSize: 0, MaxSize: 9, CreatedTime: "2026-11-28T09:00:00Z" }] }
          : undefined,
    },
    Succeeded,
    proven(1),
    (played) => assert.equal(played.calls.filter(({ action }) => action === "SetDesiredCapacity").length, 1),
  ],
  [
    "takes canaries away that fail",
    { desired: 0, fates: Array(9).fill("fails") },
    {},
    ExitCode.AllAbandoned,
    /^ci: 3 hosts (.*\n)*.*The canary is taken away, and the desired capacity 0 again$/,
    desiredIs(0),
  ],
  [
    "takes a canary away that is not done in time",
    { desired: 0, fates: ["hangs"] },
    { timeoutSeconds: 300 },
    ExitCode.HostsPending,
    /The canary is taken away, and the desired capacity 0 again$/,
    desiredIs(0),
  ],
  [
    "takes its canary away when it is interrupted",
    { desired: 0 },
    { interruptedAt: 70 },
    ExitCode.Interrupted,
    /^ci: the check was interrupted \(SIGTERM\); the release is not proven\n {2}The canary is taken away/,
    (played) => {
      assert.equal(played.world.desired, 0);
      soon(75)(played);
    },
  ],
  [
    "says how to take a canary away by hand where the credentials have expired",
    { desired: 0 },
    { instead: from(60, expired) },
    ExitCode.CredentialsExpired,
    /THE CANARY MAY STILL RUN, the desired capacity could not be put back to 0\. By hand:\n {2}aws autoscaling set-desired-capacity --auto-scaling-group-name 'ci' --desired-capacity 0\n/,
    desiredIs(1),
  ],
  [
    "is red with a release that is proven and a canary that stays",
    { desired: 0 },
    {
      instead: (call, _, seconds) =>
        call.action.startsWith("Terminate") || (call.action.startsWith("Set") && seconds > 0)
          ? denied(call.action)
          : undefined,
    },
    ExitCode.CanaryLeft,
    /THE CANARY MAY STILL RUN.*\n(.*\n)*.*may not call autoscaling:SetDesiredCapacity/,
    (played) => assert.equal(played.report, undefined),
  ],
  [
    "says that no canary can be where the group may have no host",
    { desired: 0, max: 0 },
    {},
    ExitCode.CanaryImpossible,
    /its maximum is 0.*\n.*maxSize of 1 or more.*canary: false/,
    (played) => assert.equal(played.calls.length, 1),
  ],
  [
    "leaves hosts alone that somebody asks for while a canary boots, and proves them, too",
    { desired: 0, later: { 50: (world) => scale(world, 3) } },
    {},
    Succeeded,
    proven(3),
    (played) => {
      assert.equal(played.world.desired, 3);
      says(/somebody wants hosts of the group: the canary stays/)(played);
    },
  ],
  [
    "leaves hosts alone that somebody asked for while canaries failed",
    { desired: 0, fates: Array(9).fill("fails"), later: { 50: (world) => scale(world, 2) } },
    {},
    ExitCode.AllAbandoned,
    /gave up/,
    desiredIs(2),
  ],
  [
    "leaves hosts alone that somebody asks for at the moment when it ends",
    { desired: 0, later: { 70: (world) => scale(world, 3) } },
    { interruptedAt: 70 },
    ExitCode.Interrupted,
    /\n {2}Somebody wants 3 by now: the canary stays, and the capacity is left alone$/,
    desiredIs(3),
  ],
  [
    "leaves the capacity alone where somebody raised the minimum",
    {
      desired: 0,
      later: {
        118: (world) => {
          world.min = 1;
        },
      },
    },
    {},
    Succeeded,
    proven(1),
    desiredIs(1),
  ],
  [
    "ends when somebody wants no canary",
    { desired: 0, later: { 50: (world) => scale(world, 0) } },
    {},
    ExitCode.CanaryWithdrawn,
    /somebody set the desired capacity back to 0 before/,
    (played) => {
      desiredIs(0)(played);
      soon(60)(played);
    },
  ],
  [
    "leaves a release unproven where there is to be no canary, and says so",
    { desired: 0 },
    { canary: false },
    Succeeded,
    /^ci: UNPROVEN: no host has come into service with ami-/,
    (played) => {
      const reason = "the group wants no host, and canary is false";
      assert.deepEqual(proofOf(played), { outcome: "unproven", release, reason });
      assert.equal(played.calls.length, 1);
    },
  ],
  [
    "says which host boots for ever, and how long it did",
    { old: 2, fates: ["hangs"] },
    { timeoutSeconds: 600 },
    ExitCode.HostsPending,
    new RegExp(`^ci: 1 host not in service in time; the slowest, ${id(3)}, is Pending:Wait for 9:\\d\\d\n`),
  ],
  [
    "says in which stage it is, where the host tells",
    { fates: ["dawdles"] },
    { timeoutSeconds: 600 },
    ExitCode.HostsPending,
    /is Pending:Wait for 9:\d\d \(stage docker\)\n/,
  ],
  [
    "says why another one gave up, too",
    { fates: ["fails", "hangs"] },
    { timeoutSeconds: 200 },
    ExitCode.HostsPending,
    new RegExp(`is Pending:Wait for \\d:\\d\\d; 1 host gave up before\n {2}${id(1)}: the boot failed in stage docker `),
  ],
  [
    "says why EC2 starts no instance",
    { noCapacity: "Could not launch On-Demand Instances. InsufficientInstanceCapacity - we do not have enough" },
    { timeoutSeconds: 600 },
    ExitCode.LaunchFails,
    /^ci: 2 hosts missing, and EC2 starts no instance: Could not launch .*InsufficientInstanceCapacity.*\n.*instanceTypes/,
  ],
  [
    "goes on when EC2 has capacity again",
    {
      noCapacity: "VcpuLimitExceeded",
      later: {
        200: (world) => {
          world.noCapacity = undefined;
        },
      },
    },
    {},
    Succeeded,
    proven(2),
    says(/EC2 starts no instance/),
  ],
  [
    "takes no host for one of the release that gave up before",
    {},
    { instead: on("DescribeScalingActivities", { Activities: [1, 2, 3].map(failedYesterday) }) },
    Succeeded,
    proven(2),
    (played) => assert.deepEqual(proofOf(played).abandoned, []),
  ],
  [
    "takes a report that comes to the log group later than others that are newer",
    { fates: ["mute"], later: { 300: ({ hosts: [host], events }) => late(host, events) } },
    {},
    Succeeded,
    proven(2),
  ],
  [
    "asks no host itself whose report is only a little late",
    {
      desired: 1,
      bootSeconds: 30,
      fates: ["logless"],
      later: { 95: ({ hosts: [host], events }) => late(host, events) },
    },
    {},
    Succeeded,
    proven(1),
    (played) => assert.ok(!played.calls.some(({ service }) => service === "ssm")),
  ],
  ["asks a host itself whose report is not in the log group", { fates: ["logless"] }, {}, Succeeded, proven(2)],
  [
    "finds out which host of many Systems Manager does not know",
    { desired: 8, fates: ["logless", "logless", "unmanaged", ...Array(5).fill("logless")] },
    { timeoutSeconds: 900 },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(3)} is in service, and is not known to Systems Manager, awaited is ami-`),
    says(/7 of 8 hosts/),
  ],
  [
    "does not mind a host that is gone when it should answer",
    { fates: ["logless"], later: { 182: (world) => world.hosts.shift() } },
    {
      instead: (call, _, seconds) => (call.action === "GetCommandInvocation" && seconds < 200 ? unmanaged : undefined),
    },
    Succeeded,
    proven(2),
  ],
  [
    "says which host reports nothing at all",
    { fates: ["mute"] },
    { timeoutSeconds: 900 },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(1)} is in service, and did not answer: its agent does not run commands`),
  ],
  [
    "takes no report in another host's name",
    { fates: ["mute", "forges"] },
    { timeoutSeconds: 900 },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(1)} is in service`),
    says(/1 of 2 hosts in service/),
  ],
  [
    "says that a host with the right template is of another release",
    { fates: ["otherwise"] },
    {},
    ExitCode.OtherRelease,
    new RegExp(`^ci: ${id(1)} is in service, and reports release ami-\\w+\\.fedcba9876543210, awaited is ${release}\n`),
  ],
  ["says that a report is of another schema", { fates: ["outdated"] }, {}, ExitCode.OtherSchema, /of schema 2, this/],
  [
    "says that a report cannot be read",
    { fates: ["garbles"] },
    { timeoutSeconds: 600 },
    ExitCode.ReportUnreadable,
    /has a report that cannot be read: it is not JSON/,
  ],
  [
    "says that a host is in service and unhealthy",
    {
      ready: 2,
      later: {
        1: ({ hosts: [host] }) => {
          Object.assign(host ?? {}, { healthy: false });
        },
      },
    },
    { timeoutSeconds: 300, instead: (_, count) => (count === 1 ? throttle : undefined) },
    ExitCode.HostFailed,
    /is in service and not well: its last boot succeeded, and the group calls it unhealthy/,
  ],
  [
    "says that a host is in service, and its last boot failed",
    { ready: 2, later: { 1: ({ hosts: [host], events }) => late(host, events, "failed") } },
    { timeoutSeconds: 300, instead: (_, count) => (count === 1 ? throttle : undefined) },
    ExitCode.HostFailed,
    /^ci: i-\w+1 is in service and not well: its last boot failed in stage docker \(exit status 100\).*\n {2}command: /,
    (played) => assert.doesNotMatch(played.message, /abandoned/),
  ],
  [
    "ends at once where launching is suspended and hosts are missing",
    { suspended: ["Launch"] },
    {},
    ExitCode.ProcessSuspended,
    /^ci: processes of the group are suspended: Launch; 2 hosts missing\n {2}aws autoscaling resume-processes --auto-scaling-group-name 'ci' --scaling-processes Launch\n/,
    soon(0),
  ],
  [
    "says at once what else is suspended, and ends with it",
    { suspended: ["ReplaceUnhealthy", "AZRebalance"], fates: ["hangs"] },
    { timeoutSeconds: 300 },
    ExitCode.ProcessSuspended,
    /suspended: ReplaceUnhealthy; 1 host not in service in time; the slowest/,
    (played) => assert.match(played.progress[0] ?? "", /suspended: ReplaceUnhealthy$/),
  ],
  [
    "says that there is no such group",
    { noGroup: true },
    {},
    ExitCode.GroupNotFound,
    /^ci: there is no such auto scaling group in the region\n/,
    soon(45),
  ],
  [
    "says that the group is gone",
    {
      later: {
        60: (world) => {
          world.isGone = true;
        },
      },
    },
    {},
    ExitCode.GroupNotFound,
    /no such auto scaling group/,
    soon(100),
  ],
  [
    "says that the group is being deleted",
    { ready: 2 },
    {
      instead: on("DescribeAutoScalingGroups", {
        AutoScalingGroups: [
          {
            ...{ DesiredCapacity: 2, MinSize: 0, MaxSize: 9, CreatedTime: "2026-11-28T09:00:00Z" },
            Status: "Delete in progress",
          },
        ],
      }),
    },
    ExitCode.GroupNotFound,
    /^ci: the group is being deleted\n/,
    soon(45),
  ],
  [
    "forgets what it could not ask once it can",
    { fates: ["hangs"] },
    {
      timeoutSeconds: 300,
      instead: ({ action }, _, seconds) => (action === "FilterLogEvents" && seconds < 60 ? throttle : undefined),
    },
    ExitCode.HostsPending,
    /not in service in time/,
    (played) => {
      says(/logs:FilterLogEvents throttled/)(played);
      assert.doesNotMatch(played.message, /FilterLogEvents/);
    },
  ],
  [
    "goes on with another number of hosts, and says so",
    { desired: 2, later: { 60: (world) => scale(world, 4) } },
    {},
    Succeeded,
    proven(4),
    says(/the desired capacity is 4 by now, it was 2$/),
  ],
  [
    "goes on with fewer hosts",
    { desired: 4, fates: ["serves", "hangs"], later: { 300: (world) => scaleIn(world) } },
    {},
    Succeeded,
    proven(3),
  ],
  [
    "says that AWS cannot be reached",
    {},
    { url: "http://127.0.0.1:1", timeoutSeconds: 300 },
    ExitCode.Unreachable,
    /^ci: Auto Scaling could not be reached \(ECONNREFUSED\)\n.*autoscaling endpoint/,
  ],
  [
    "says that what answers is not AWS",
    {},
    { instead: () => nonsense, timeoutSeconds: 300 },
    ExitCode.Unreachable,
    /could not be reached/,
  ],
  [
    "goes on after answers that are none",
    { old: 2 },
    { instead: (_, count) => (count % 9 === 0 ? nonsense : undefined) },
    Succeeded,
    proven(2),
  ],
  [
    "ends where it is interrupted, without a canary",
    {},
    { interruptedAt: 50 },
    ExitCode.Interrupted,
    /interrupted \(SIGTERM\); the release is not proven$/,
    soon(60),
  ],
  [
    "says that the refresh did not end in time",
    { ready: 2, refresh: "Baking" },
    { timeoutSeconds: 300 },
    ExitCode.RefreshUnderWay,
    /^ci: the refresh did not end in time, it is Baking at 100 %/,
  ],
  [
    "says that hosts are missing and none comes",
    { ready: 2, desired: 2, suspended: ["AZRebalance"], later: { 1: stall } },
    { timeoutSeconds: 300, instead: (_, count) => (count === 1 ? throttle : undefined) },
    ExitCode.TooFewHosts,
    /^ci: 1 of 2 hosts in service, 1 missing and none on its way/,
  ],
  [
    "takes no hosts for ones of the release that gave up moments before, in another deployment",
    { old: 2, before: (world) => gaveUp(world, -200) },
    {},
    Succeeded,
    proven(2),
    (played) => assert.deepEqual(proofOf(played).abandoned, []),
  ],
  [
    "nor those whose refresh is being cancelled, of the version before",
    {
      old: 2,
      before: (world) => {
        gaveUp(world, -200);
        Object.assign(world.refresh ?? {}, { status: "Cancelling", startedAt: -300, templateVersion: "6" });
      },
      later: {
        60: (world) => {
          world.refresh = { status: "InProgress", reason: "", startedAt: 60, endedAt: undefined, templateVersion };
        },
      },
    },
    {},
    Succeeded,
    proven(2),
    (played) => assert.deepEqual(proofOf(played).abandoned, []),
  ],
  [
    "nor those of the release itself that gave up when it was tried before, and had reported that",
    { old: 2, before: (world) => gaveUp(world, -400, "failed") },
    {},
    Succeeded,
    proven(2),
    (played) => assert.deepEqual(proofOf(played).abandoned, []),
  ],
  [
    "counts those that gave up after the refresh began, and before the check did",
    {
      old: 2,
      before: (world) => {
        Object.assign(world.refresh ?? {}, { startedAt: -900 });
        gaveUp(world, -400, "failed");
      },
    },
    {},
    ExitCode.AllAbandoned,
    /^ci: 3 hosts of ami-\S+ gave up, and none came into service\n {2}i-\w+: the boot failed in stage docker /,
    soon(10),
  ],
  [
    "does not give a release up of which a host is in service, whose report is late",
    { desired: 4, fates: ["logless", "fails", "fails", "fails"] },
    {},
    Succeeded,
    proven(4),
    (played) => assert.equal(proofOf(played).abandoned.length, 3),
  ],
  [
    "nor one that had a host in service before",
    { desired: 1, ready: 1, fates: ["fails", "fails", "fails"], later: { 10: (world) => world.terminate(id(1)) } },
    {},
    Succeeded,
    proven(1),
  ],
  [
    "takes no host of another template whose version has the same number",
    {
      ready: 2,
      before: ({ hosts: [host] }) => {
        Object.assign(host ?? {}, { templateId: "lt-2" });
      },
    },
    {},
    ExitCode.MixedReleases,
    new RegExp(`^ci: 1 host in service with another .*\n {2}${id(1)} has version 7 of lt-2\\.`),
    soon(135),
  ],
  [
    "proves nothing while the group starts hosts with another version",
    {
      ready: 2,
      before: (world) => {
        world.groupVersion = "6";
      },
    },
    {},
    ExitCode.MixedReleases,
    /^ci: the group starts its hosts with template version 6, not 7\n {2}pulumi up --refresh sees that, and gives it this one\n.*the group starts template version 6/,
    soon(135),
  ],
  [
    "takes no notice of how the refresh before ended while its own is not to be seen yet",
    {
      old: 2,
      before: (world) => {
        Object.assign(world.refresh ?? {}, { status: "Failed", templateVersion: "6", startedAt: -500, endedAt: -20 });
      },
      later: {
        60: (world) => {
          world.refresh = { status: "InProgress", reason: "", startedAt: 60, endedAt: undefined, templateVersion };
        },
      },
    },
    {},
    Succeeded,
    proven(2),
    says(/2 of another template version$/),
  ],
  [
    "waits until a refresh has baked, too",
    { ready: 2, refresh: "Baking", later: { 200: (world) => world.endRefresh("Successful", "") } },
    {},
    Succeeded,
    proven(2),
    (played) => assert.ok(played.seconds >= 200),
  ],
  [
    "does not mind hosts that are on standby, detached or on their way out, of any version",
    {
      ready: 5,
      desired: 2,
      before: ({ hosts }) => {
        for (const [index, state] of ["Standby", "Detached", "Terminating:Retained"].entries()) {
          Object.assign(hosts[index] ?? {}, { state, templateVersion: "6" });
        }
      },
    },
    {},
    Succeeded,
    proven(2),
  ],
  [
    "ends in a group that others scale up and down all the time",
    { later: Object.fromEntries(Array.from({ length: 90 }, (_, index) => [index * 40, swing(index)])) },
    {},
    ExitCode.HostsPending,
    /not in service in time/,
    soon(1830),
  ],
  [
    "asks the hosts where there is no log group, and says so",
    {},
    { instead: on("FilterLogEvents", new Refusal("ResourceNotFoundException", "no such log group")) },
    Succeeded,
    proven(2),
    says(/there is no such log group/),
  ],
  [
    "asks the hosts where CloudWatch Logs does not answer, and says so",
    {},
    { instead: on("FilterLogEvents", new Refusal("ServiceUnavailableException", "", 503)) },
    Succeeded,
    proven(2),
    says(/logs:FilterLogEvents unreachable/),
  ],
  [
    "goes through empty pages to the report",
    { bootSeconds: 30, later: {} },
    {
      instead: ({ action, parameters: { nextToken = "0" } }) =>
        action === "FilterLogEvents" && Number(nextToken) > -7 && Number(nextToken) <= 0
          ? { events: [], nextToken: String(Number(nextToken) - 1) }
          : undefined,
    },
    Succeeded,
    proven(2),
    (played) => assert.ok(!played.calls.some(({ service }) => service === "ssm")),
  ],
  [
    "needs no answer of Systems Manager where reports are in the log group",
    { bootSeconds: 300 },
    { instead: ({ service }) => (service === "ssm" ? throttle : undefined) },
    Succeeded,
    proven(2),
    soon(400),
  ],
  [
    "does without the stage of a host that boots where it may not hear the answer",
    { bootSeconds: 300 },
    { instead: on("GetCommandInvocation", denied("ssm:GetCommandInvocation")) },
    Succeeded,
    proven(2),
  ],
  [
    "says that it could ask nobody",
    {},
    {
      timeoutSeconds: 600,
      instead: ({ service }) => (service === "autoscaling" ? undefined : throttle),
    },
    ExitCode.NoReport,
    /has sent no report .*\n(.*\n)*.*logs:FilterLogEvents throttled, ssm:SendCommand throttled/,
  ],
  [
    "takes no report for one of a host's last start that it wrote before",
    { fates: ["reboots"] },
    { timeoutSeconds: 600 },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(1)} is in service, and has a report of 2026-\\S+, from before its last start`),
  ],
  [
    "says why EC2 starts no instance also where another one boots",
    {
      desired: 1,
      fates: ["hangs"],
      later: {
        30: (world) => {
          world.noCapacity = "InsufficientInstanceCapacity";
          world.desired = 2;
        },
      },
    },
    { timeoutSeconds: 600 },
    ExitCode.LaunchFails,
    /^ci: 1 host missing, and EC2 starts no instance: InsufficientInstanceCapacity/,
  ],
  [
    "starts its canary once the group has nothing else to do",
    { desired: 0 },
    {
      instead: ({ action }, _, seconds) =>
        action === "SetDesiredCapacity" && seconds < 5 ? new Refusal("ScalingActivityInProgress", "busy") : undefined,
    },
    Succeeded,
    proven(1),
    desiredIs(0),
  ],
  [
    "takes a canary away that AWS does not show yet",
    { desired: 0 },
    {
      interruptedAt: 30,
      instead: on("DescribeAutoScalingGroups", {
        AutoScalingGroups: [{ DesiredCapacity: 0, MinSize: 0, MaxSize: 9, CreatedTime: "2026-11-28T09:00:00Z" }],
      }),
    },
    ExitCode.Interrupted,
    /The canary is taken away/,
    desiredIs(0),
  ],
  [
    "says that a canary may run where the credentials expire at the moment when it is started",
    { desired: 0 },
    { instead: on("SetDesiredCapacity", expired) },
    ExitCode.CredentialsExpired,
    /THE CANARY MAY STILL RUN/,
  ],
  [
    "keeps a host that is protected from scale-in where no canary was needed",
    {
      desired: 0,
      ready: 1,
      before: ({ hosts: [host] }) => {
        Object.assign(host ?? {}, { isProtected: true });
      },
    },
    {},
    Succeeded,
    proven(1),
    (played) => {
      desiredIs(0)(played);
      assert.ok(!played.calls.some(({ action }) => action.startsWith("Terminate")));
    },
  ],
  [
    "starts its canary when hosts are gone that the group does not want any more",
    { desired: 0, old: 2, refresh: "none" },
    {},
    Succeeded,
    proven(1),
    (played) => {
      says(/the group wants no host, and has 2 hosts in service yet$/)(played);
      desiredIs(0)(played);
    },
  ],
  [
    "says that a refresh of the release failed, however long ago, where nothing has made good for it",
    {
      old: 2,
      before: (world) => {
        Object.assign(world.refresh ?? {}, { status: "Failed", startedAt: -9000, endedAt: -7200 });
      },
    },
    {},
    ExitCode.RefreshFailed,
    /^ci: the refresh failed/,
    soon(45),
  ],
  [
    "takes no hosts of another version for ones of the release that give up while it looks",
    { desired: 3, fates: ["fails", "fails", "fails"], later: { 10: otherVersion } },
    {},
    Succeeded,
    proven(3),
    (played) => assert.deepEqual(proofOf(played).abandoned, []),
  ],
  [
    "does not mind a group that goes by the newest version, whatever its number",
    {
      ready: 2,
      before: (world) => {
        world.groupVersion = "$Latest";
      },
    },
    {},
    Succeeded,
    proven(2),
  ],
  [
    "takes no report of another release from the log group",
    { desired: 1, fates: ["mute"] },
    {
      timeoutSeconds: 600,
      instead: on("FilterLogEvents", { events: [eventOf({ id: id(1), release: oldRelease })] }),
    },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(1)} is in service, and `),
  ],
  [
    "reads on at its own time where a host's clock is ahead",
    {
      fates: ["serves", "mute"],
      later: {
        115: ({ events }) => {
          events.push({ stream: id(1), message: reportOf({ id: id(1), release }), at: beginning + 86_400_000 });
        },
        200: ({ hosts: [, host], events }) => late(host, events),
      },
    },
    {},
    Succeeded,
    proven(2),
  ],
  [
    "reads from the beginning again where the way to the next page is not open any more",
    { desired: 1, ready: 1 },
    {
      instead: ({ action, parameters: { nextToken } }, count) => {
        if (action !== "FilterLogEvents" || (count > 4 && nextToken === undefined)) {
          return undefined;
        }
        return nextToken === undefined
          ? { events: [], nextToken: "lost" }
          : new Refusal("InvalidParameterException", "The specified nextToken is invalid");
      },
    },
    Succeeded,
    proven(1),
    (played) => assert.ok(!played.calls.some(({ service }) => service === "ssm")),
  ],
  [
    "goes by a host's last report, whichever it gets first",
    {
      ready: 1,
      desired: 1,
      before: ({ hosts: [host], events }) => {
        assert.ok(host);
        const failed = { ...bootReport(host, "failed"), writtenAt: "2026-11-28T08:00:00+00:00" };
        events.push({ stream: host.id, message: JSON.stringify(failed), at: beginning + 1000 });
      },
    },
    { timeoutSeconds: 300 },
    Succeeded,
    proven(1),
  ],
  [
    "says that a host has the report of another one",
    { desired: 1, fates: ["borrows"] },
    { timeoutSeconds: 600 },
    ExitCode.NoReport,
    new RegExp(`^ci: ${id(1)} is in service, and has the report of i-0000000000000beef, whose disk or image it got`),
  ],
];

function otherVersion({ hosts }: World): void {
  for (const host of hosts) {
    Object.assign(host, { templateVersion: "6", release: oldRelease });
  }
}

function reportOf(host: Pick<WorldHost, "id" | "release">): string {
  return JSON.stringify(bootReport(host, "succeeded"));
}

function eventOf(host: Pick<WorldHost, "id" | "release">) {
  return { logStreamName: host.id, message: reportOf(host), timestamp: beginning };
}

/** Hosts gave up in an earlier deployment; with a report, of the release itself. */
function gaveUp(world: World, startedAt: number, result?: "failed"): void {
  for (const count of [101, 102, 103]) {
    world.act(`Launching a new EC2 instance: ${id(count)}`, "Cancelled", "it was abandoned", startedAt + count);
    if (result) {
      world.write(id(count), bootReport({ id: id(count), release }, result));
    }
  }
}

/** Others want one host more, or one less. */
function swing(index: number): (world: World) => void {
  return (world) => scale(world, 2 + (index % 2));
}

function scale(world: World, desired: number): void {
  world.desired = desired;
}

function failedYesterday(count: number) {
  return {
    ActivityId: `a-${count}`,
    Description: `Launching a new EC2 instance: ${id(count + 100)}`,
    StartTime: "2026-11-27T10:00:00Z",
    StatusCode: "Cancelled",
    StatusMessage: "it was abandoned",
  };
}

function late(host: WorldHost | undefined, events: WorldEvent[], result: "succeeded" | "failed" = "succeeded"): void {
  assert.ok(host);
  const message = JSON.stringify(bootReport(host, result));
  events.push({ stream: host.id, message, at: beginning + 100_000 });
}

function scaleIn(world: World): void {
  world.desired = 3;
  world.hosts = world.hosts.filter(({ fate }) => fate !== "hangs");
}

/** Nothing is started, and nothing said of it. */
function stall(world: World): void {
  world.hosts.shift();
  Object.assign(world, { scale: () => undefined });
}

describe(`a rollout, in ${cases.length} scenarios`, () => {
  for (const [what, scenario, setting, exitCode, message, more] of cases) {
    it(what, async () => {
      const played = await play(fake, scenario, setting);
      assert.equal(played.exitCode, exitCode, played.message);
      assert.match(played.message, message);
      const isProof = played.report?.includes('"proven"') ?? false;
      assert.equal(isProof && !played.wasProven, false, "it is called proven and is not");
      assert.equal(played.report !== undefined, exitCode === Succeeded);
      assert.ok(played.calls.length <= 10 + played.seconds, `${played.calls.length} calls in ${played.seconds} s`);
      assert.ok(Math.max(...played.rounds) <= 40, `${Math.max(...played.rounds)} calls in a round`);
      more?.(played);
    });
  }
});

describe("a rollout of 500 hosts", () => {
  /** CloudWatch Logs has always one more stretch to look at, in which there is nothing. */
  const endless = on("FilterLogEvents", { events: [], nextToken: "more" });
  const logless = Array(499).fill("logless");

  it("takes 8 calls in each round at most where all of them report", async () => {
    const { message, rounds } = await play(fake, { desired: 500 });
    assert.match(message, proven(500));
    assert.equal(Math.max(...rounds), 8);
  });

  it("takes 29 calls in each round at most where each host has to be asked, and another one boots", async () => {
    const played = await play(fake, { desired: 500, fates: ["dawdles", ...logless] }, { instead: endless });
    assert.match(played.message, /^ci: 1 host not in service in time/);
    says(/: 499 of 500 hosts in service/)(played);
    assert.equal(Math.max(...played.rounds), 29);
  });

  it("takes 40 calls in each round at most where Systems Manager throttles two calls of three", async () => {
    let asked = 0;
    const { message, rounds } = await play(
      fake,
      { desired: 500, fates: ["logless", ...logless] },
      {
        timeoutSeconds: 14_400,
        instead: (call) => {
          asked += call.service === "ssm" ? 1 : 0;
          return call.service === "ssm" && asked % 3 > 0 ? throttle : endless(call);
        },
      },
    );
    assert.match(message, proven(500));
    assert.equal(Math.max(...rounds), 40);
  });

  it("hears most of them soon although Systems Manager does not know the first ones", async () => {
    const played = await play(
      fake,
      { desired: 100, fates: ["unmanaged", "unmanaged", "unmanaged", ...logless] },
      { timeoutSeconds: 900 },
    );
    assert.match(played.message, new RegExp(`^ci: ${id(1)} is in service, and is not known to Systems Manager`));
    says(/: 97 of 100 hosts in service/)(played);
  });

  it("takes 40 calls in each round at most where AWS throttles three calls of ten, too", async () => {
    const { message, rounds } = await play(
      fake,
      { desired: 500, fates: ["logless", ...logless] },
      {
        timeoutSeconds: 7200,
        instead: (call, count) => ((count * 7) % 10 < 3 ? throttle : endless(call)),
      },
    );
    assert.match(message, proven(500));
    assert.ok(Math.max(...rounds) <= 40, `${Math.max(...rounds)} calls`);
  });
});
