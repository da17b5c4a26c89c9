import { type Issued, issued } from "../issued";
import { unless } from "../unless";
import { clients } from "./daemon/clients";
import { daemonObstacle } from "./daemon/obstacle";
import { bundle, certificates, Scene } from "./daemon/scene";
import { answered, refusals, refused, turnedAway } from "./daemon/verdicts";

/** A CA is changed by these authorities, one deployment after the other. */
const steps = [["1"], ["1", "2"], ["2", "1"], ["2"]];

/**
 * What comes of it when the daemon is at the step of the row and the client at that of the column. Neighbours, which is
 * what a rollout makes of them, are `answered`; who is further away is not trusted by the one or does not trust the other.
 */
const verdicts = [
  ["answered", "answered", "turned away", "refuses"],
  ["answered", "answered", "answered", "refuses"],
  ["refuses", "answered", "answered", "answered"],
  ["refuses", "turned away", "answered", "answered"],
] as const;

const tools = {
  // A client on Go keeps back what no CA of the daemon's has issued.
  "docker CLI": { unknown: refusals.noCertificate, refusal: /x509: certificate signed by unknown authority/ },
  "openssl, TLS 1.3": { unknown: refusals.unknownAuthority, refusal: /unable to get (local )?issuer certificate/ },
};

describe("a change of the CA with both trusted for a while", function () {
  this.timeout(120_000);
  let scene: Scene;
  const deployed: (Issued & { readonly directory: string })[] = [];
  const at = (step: number) => {
    const found = deployed[step];
    if (found === undefined) {
      throw new Error(`there is no step ${step}`);
    }
    return found;
  };

  before(async function () {
    const reason = daemonObstacle();
    unless(this, reason === undefined, reason ?? "");
    scene = await Scene.open();
    const { provider } = scene.good;
    for (const authorities of steps) {
      const state = await issued({ ...certificates, authorities }, { provider });
      const { ca, ...identity } = bundle(state, "runner-a");
      deployed.push({ ...state, directory: scene.clientDirectory(`step ${authorities}`, ca, identity) });
    }
  });
  after(() => scene?.close());

  for (const [step, row] of verdicts.entries()) {
    describe(`a daemon with the authorities ${steps[step]}`, () => {
      before(() => scene.restart(at(step).server));

      for (const [clientStep, verdict] of row.entries()) {
        const of = `with the certificate of the authorities ${steps[clientStep]}`;
        for (const name of Object.keys(tools) as (keyof typeof tools)[]) {
          const { unknown, refusal } = tools[name];
          it(`${name} ${of}: ${verdict}`, async () => {
            const attempt = await scene.attempt(clients[name], at(clientStep).directory);
            switch (verdict) {
              case "answered":
                return answered(attempt.outcome);
              case "turned away":
                return turnedAway(scene, attempt, unknown);
              case "refuses":
                return refused(attempt.outcome, refusal);
            }
          });
        }
      }
    });
  }
});
