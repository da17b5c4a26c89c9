import type { Problem } from "../problems";

/** What is wrong with the address of a download or a mirror. Plain http is fine: all that comes from it is verified. */
export function urlProblems(path: string, url: string): Problem[] {
  if (!/^https?:\/\/[^\s"'\\]+[^\s"'\\/]$/.test(url) || !URL.canParse(url)) {
    const rule = "must be an http or https URL without spaces, quotes or a slash at the end";
    return [{ path, value: url, rule, fix: 'as in "https://mirror.example.com/docker"' }];
  }
  const { username, password, search, origin, pathname } = new URL(url);
  if (`${username}${password}${search}` === "") {
    return [];
  }
  const rule = "must be without a user, a password or a query: it stands in user data, logs and reports";
  return [{ path, value: `${origin}${pathname}`, rule, fix: "serve it where the hosts need no credentials for it" }];
}
