import type { Review } from "./review";
import type { Since } from "./since";

/** The review for a program, one document: see docs/review.md. Nothing is left out of it. */
export function reviewJson(review: Review, { ref, commit }: Since): string {
  return `${JSON.stringify({ base: { ref, commit }, ...review }, null, 2)}\n`;
}
