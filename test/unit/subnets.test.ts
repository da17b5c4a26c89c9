import * as assert from "node:assert/strict";
import * as fc from "fast-check";
import { Address4 } from "ip-address";
import { cidrProblems, overlap, planSubnets, regionOf, zoneProblems } from "../../components/subnets";

const letters = [..."abcdefgh"];
const zonesOf = (chosen: string[]) => chosen.map((letter) => `eu-central-1${letter}`);
const anyZones = fc.subarray(letters, { minLength: 1 }).map(zonesOf);
const anyCidr = fc
  .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 63 }), fc.integer({ min: 16, max: 22 }))
  .map(
    ([second, fourth, prefix]) =>
      `${new Address4(`10.${second}.${fourth * 4}.0/${prefix}`).startAddress().address}/${prefix}`,
  );
const blocksOf = (cidr: string, zones: string[]) =>
  planSubnets(cidr, zones).flatMap((zone) => [zone.public, zone.ci, zone.isolated]);

describe("planSubnets", () => {
  it("gives half of a zone's place to the CI hosts", () => {
    assert.deepEqual(planSubnets("10.64.0.0/16", ["eu-central-1b", "eu-central-1a"]), [
      { zone: "eu-central-1a", ci: "10.64.0.0/20", public: "10.64.16.0/22", isolated: "10.64.20.0/22" },
      { zone: "eu-central-1b", ci: "10.64.32.0/20", public: "10.64.48.0/22", isolated: "10.64.52.0/22" },
    ]);
  });

  it("stays within AWS's smallest subnet in the smallest VPC", () => {
    assert.deepEqual(planSubnets("10.64.0.0/22", ["us-east-1h"]), [
      { zone: "us-east-1h", ci: "10.64.3.128/26", public: "10.64.3.192/28", isolated: "10.64.3.208/28" },
    ]);
  });

  it("never overlaps and never leaves the VPC", () => {
    fc.assert(
      fc.property(anyCidr, anyZones, (cidr, zones) => {
        const blocks = blocksOf(cidr, zones);
        assert.equal(blocks.length, zones.length * 3);
        blocks.forEach((block, index) => {
          assert.ok(new Address4(block).isInSubnet(new Address4(cidr)), `${block} is outside ${cidr}`);
          for (const other of blocks.slice(index + 1)) {
            assert.ok(!overlap(block, other), `${block} overlaps ${other}`);
          }
        });
      }),
    );
  });

  it("moves no block when zones are added, removed or listed in another order", () => {
    fc.assert(
      fc.property(anyCidr, anyZones, anyZones, (cidr, some, more) => {
        const before = planSubnets(cidr, some);
        const after = planSubnets(cidr, [...new Set([...more, ...some])].reverse());
        for (const zone of before) {
          assert.deepEqual(
            after.find((candidate) => candidate.zone === zone.zone),
            zone,
          );
        }
      }),
    );
  });
});

describe("cidrProblems", () => {
  const refused: [cidr: string, rule: RegExp, fix: RegExp][] = [
    ["10.64.0.0", /CIDR notation/, /10\.64\.0\.0\/16/],
    ["10.64.0.0/33", /CIDR notation/, /10\.64\.0\.0\/16/],
    ["10.64.0/16", /CIDR notation/, /10\.64\.0\.0\/16/],
    ["fd00::/56", /CIDR notation/, /10\.64\.0\.0\/16/],
    ["", /CIDR notation/, /10\.64\.0\.0\/16/],
    ["10.64.0.1/16", /address bits beyond its prefix/, /write 10\.64\.0\.0\/16/],
    ["10.0.0.0/8", /between \/16 .* and \/22/, /10\.0\.0\.0\/16/],
    ["10.64.0.0/23", /between \/16 .* and \/22/, /10\.64\.0\.0\/22/],
    ["172.17.0.0/16", /overlaps 172\.17\.0\.0\/16/, /10\.64\.0\.0\/16/],
    ["172.17.128.0/20", /overlaps 172\.17\.0\.0\/16/, /10\.64\.0\.0\/16/],
  ];
  for (const [cidr, rule, fix] of refused) {
    it(`refuses ${JSON.stringify(cidr)}`, () => {
      const problems = cidrProblems(cidr);
      assert.deepEqual(
        problems.map(({ path, value }) => [path, value]),
        [["vpcCidr", cidr]],
      );
      assert.match(problems[0]?.rule ?? "", rule);
      assert.match(problems[0]?.fix ?? "", fix);
    });
  }

  it("takes every block that planSubnets can cut", () => {
    fc.assert(fc.property(anyCidr, (cidr) => assert.deepEqual(cidrProblems(cidr), [])));
  });
});

describe("zoneProblems", () => {
  it("takes zones of one region", () => {
    assert.deepEqual(zoneProblems(["us-gov-west-1a", "us-gov-west-1c"]), []);
    assert.equal(regionOf("us-gov-west-1a"), "us-gov-west-1");
  });

  const refused: [zones: string[], path: string, rule: RegExp][] = [
    [[], "zones", /at least one zone/],
    [["eu-central-1"], "zones[0]", /ends in a letter from a to h/],
    [["euc1-az1"], "zones[0]", /ends in a letter from a to h/],
    [["eu-central-1i"], "zones[0]", /ends in a letter from a to h/],
    [["us-east-1-bos-1a"], "zones[0]", /ends in a letter from a to h/],
    [["eu-central-1a", "eu-central-1a"], "zones[1]", /stands at zones\[0\] already/],
    [["eu-central-1a", "eu-west-1a"], "zones[1]", /not in eu-central-1, the region of zones\[0\]/],
  ];
  for (const [zones, path, rule] of refused) {
    it(`refuses ${JSON.stringify(zones)}`, () => {
      const problems = zoneProblems(zones);
      assert.deepEqual(
        problems.map((problem) => problem.path),
        [path],
      );
      assert.match(problems[0]?.rule ?? "", rule);
    });
  }
});
