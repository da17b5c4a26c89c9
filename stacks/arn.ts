import * as z from "zod";

/**
 * Text that is an ARN of a service's resource, as the example is; `resource` is how its last part begins, a regular
 * expression.
 */
export function arn(service: string, resource: string, example: string) {
  const pattern = new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]*:\\d{12}:${resource}.+$`);
  return z.string().regex(pattern, `must be an ARN such as ${example}`);
}
