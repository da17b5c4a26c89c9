/** What the base is called: `origin/main`, and its commit. */
export interface Since {
  readonly ref: string;
  readonly commit: string;
}
