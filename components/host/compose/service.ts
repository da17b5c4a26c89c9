import { z } from "zod";
import {
  capability,
  environment,
  namespace,
  networkMode,
  notPrivileged,
  oomScore,
  runtime,
  securityOption,
  sysctls,
} from "./isolation";
import { dockerName, grant, mount, tmpfs } from "./mounts";

const text = z.string();
const texts = z.array(z.string());
const flag = z.boolean();
const amount = z.union([z.number(), z.string()]);
const command = z.union([text, texts]).nullable();
const labels = z.record(text.regex(/^(?!com\.docker\.)[A-Za-z0-9][\w./-]*$/), text);

const hook = z.strictObject({
  command,
  user: text.optional(),
  privileged: notPrivileged,
  working_dir: text.optional(),
  environment: environment.optional(),
});

/** The other log drivers take addresses, sockets and files of the host. */
const logging = z.strictObject({
  driver: z.enum(["json-file", "local", "journald", "none"]).optional(),
  options: z
    .partialRecord(
      z.enum(["max-size", "max-file", "compress", "mode", "max-buffer-size", "tag", "labels", "env"]),
      amount,
    )
    .optional(),
});

const healthcheck = z.strictObject({
  test: z.union([text, texts]).optional(),
  interval: text.optional(),
  timeout: text.optional(),
  retries: z.int().optional(),
  start_period: text.optional(),
  start_interval: text.optional(),
  disable: flag.optional(),
});

const limits = { cpus: amount.optional(), memory: text.optional() };

const deploy = z.strictObject({
  replicas: z.int().optional(),
  resources: z
    .strictObject({
      limits: z.strictObject({ ...limits, pids: z.int().optional() }).optional(),
      reservations: z.strictObject(limits).optional(),
    })
    .optional(),
  restart_policy: z
    .strictObject({
      condition: text.optional(),
      delay: text.optional(),
      max_attempts: z.int().optional(),
      window: text.optional(),
    })
    .optional(),
});

const dependency = z.strictObject({
  condition: z.enum(["service_started", "service_healthy", "service_completed_successfully"]),
  restart: flag.optional(),
  required: flag.optional(),
});

const ulimit = z.union([z.int(), z.strictObject({ soft: z.int(), hard: z.int() })]);

/**
 * All that a service of the workload may say, in the long forms and in the words of the compose specification
 * (compose-spec/compose-spec, schema/compose-spec.json). What is not here is refused, a key of tomorrow's Compose
 * included; `refusals.ts` has the reasons.
 */
export function service(hostDirectories: readonly string[]) {
  return z.strictObject({
    image: text.regex(/^[a-z0-9][\w./:@-]*$/),
    runtime: runtime.optional(),
    container_name: dockerName.optional(),
    hostname: text.optional(),
    domainname: text.optional(),
    platform: text.optional(),
    profiles: texts.optional(),
    pull_policy: text.regex(/^(always|never|missing|if_not_present|daily|weekly|every_(\d+[wdhms])+)$/).optional(),
    restart: text.regex(/^(no|always|unless-stopped|on-failure(:\d+)?)$/).optional(),
    scale: z.int().optional(),
    deploy: deploy.optional(),
    depends_on: z.record(text, dependency).optional(),
    entrypoint: command.optional(),
    command: command.optional(),
    user: text.optional(),
    group_add: z.array(amount).optional(),
    working_dir: text.optional(),
    environment: environment.optional(),
    labels: labels.optional(),
    init: flag.optional(),
    tty: flag.optional(),
    stdin_open: flag.optional(),
    attach: flag.optional(),
    healthcheck: healthcheck.optional(),
    post_start: z.array(hook).optional(),
    pre_stop: z.array(hook).optional(),
    stop_signal: text.optional(),
    stop_grace_period: text.optional(),
    networks: z
      .record(dockerName, z.strictObject({ aliases: texts.optional(), priority: z.int().optional() }))
      .optional(),
    network_mode: networkMode.optional(),
    dns: texts.optional(),
    dns_opt: texts.optional(),
    dns_search: texts.optional(),
    extra_hosts: z.union([texts, z.record(dockerName, z.union([text, texts]))]).optional(),
    expose: z.array(amount).optional(),
    volumes: z.array(mount(hostDirectories)).optional(),
    tmpfs: z.array(tmpfs).optional(),
    secrets: z.array(grant).optional(),
    configs: z.array(grant).optional(),
    shm_size: amount.optional(),
    read_only: flag.optional(),
    privileged: notPrivileged,
    cap_add: z.array(capability).optional(),
    cap_drop: texts.optional(),
    security_opt: z.array(securityOption).optional(),
    sysctls: sysctls.optional(),
    pid: namespace("the process table", []).optional(),
    ipc: namespace("shared memory", ["private", "none"]).optional(),
    uts: namespace("the host name", []).optional(),
    cgroup: namespace("the control groups", ["private"]).optional(),
    userns_mode: namespace("the user ids", []).optional(),
    cpus: amount.optional(),
    cpu_shares: amount.optional(),
    cpu_quota: amount.optional(),
    cpu_period: amount.optional(),
    cpuset: text.optional(),
    mem_limit: amount.optional(),
    mem_reservation: amount.optional(),
    mem_swappiness: amount.optional(),
    memswap_limit: amount.optional(),
    pids_limit: amount.optional(),
    oom_score_adj: oomScore.optional(),
    ulimits: z.record(text.regex(/^[a-z]+$/), ulimit).optional(),
    logging: logging.optional(),
  });
}
