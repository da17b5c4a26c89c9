import * as assert from "node:assert/strict";
import { architectureOf } from "../../components/host/architecture";

const types = {
  arm64:
    "a1.large t4g.nano m6g.metal m6gd.xlarge m7g.medium m7gd.2xlarge m8g.48xlarge m8gd.metal-24xl c6gn.16xlarge " +
    "c7g.large c7gn.4xlarge c8gb.24xlarge r6gd.large r8gn.large x2gd.medium x8g.large im4gn.large is4gen.medium " +
    "i4g.large i8g.xlarge i8ge.48xlarge g5g.metal hpc7g.16xlarge p6e-gb200.36xlarge",
  amd64:
    "t2.micro t3.large t3a.small m5.large m5dn.24xlarge m6i.metal m6a.48xlarge m7i-flex.large m7i.metal-24xl c5n.large " +
    "c8i-flex.xlarge r5b.8xlarge r6idn.large x1e.32xlarge x2iedn.metal x2iezn.2xlarge z1d.large d3en.12xlarge " +
    "h1.2xlarge i3en.6xlarge i4i.large i7ie.48xlarge g4dn.xlarge g4ad.4xlarge g5.xlarge g6e.xlarge gr6.4xlarge " +
    "g6f.large gr6f.4xlarge p3dn.24xlarge p4d.24xlarge p4de.24xlarge p5en.48xlarge p6-b200.48xlarge trn1.2xlarge " +
    "trn1n.32xlarge inf2.xlarge dl1.24xlarge dl2q.24xlarge f1.2xlarge vt1.3xlarge hpc6id.32xlarge hpc7a.96xlarge " +
    "u-6tb1.metal u-6tb1.112xlarge u7i-12tb.224xlarge u7in-16tb.224xlarge u7inh-32tb.480xlarge",
  none:
    "mac1.metal mac2.metal mac2-m2pro.metal m5 m5. .large m5.huge m5.0.large M5.large m5.Large m5large 5m.large " +
    "mg.large db.m5.large m5.large.elasticsearch",
};

describe("an instance type", () => {
  for (const [architecture, names] of Object.entries(types)) {
    for (const name of names.split(" ")) {
      it(`${name} is of ${architecture}`, () => {
        assert.equal(architectureOf(name) ?? "none", architecture);
      });
    }
  }

  it("that is no name at all is of none", () => {
    for (const name of ["", " ", "m5.large ", "m5.large\n", "‹type›"]) {
      assert.equal(architectureOf(name), undefined, JSON.stringify(name));
    }
  });
});
