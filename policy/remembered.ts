/** The same function, which takes each thing apart once: many rules ask for the same, and it takes its time. */
export function remembered<Subject extends object, Result>(read: (subject: Subject) => Result) {
  const known = new WeakMap<Subject, { readonly result: Result }>();
  return (subject: Subject): Result => {
    const found = known.get(subject) ?? { result: read(subject) };
    known.set(subject, found);
    return found.result;
  };
}
