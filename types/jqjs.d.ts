/** Types for the parts of `@michaelhomer/jqjs` this project uses: it ships none. */
declare module "@michaelhomer/jqjs" {
  /** Compiles a jq program to a generator over the outputs for one input. */
  export function compile(program: string): (input: unknown) => Generator<unknown>;
  /** Parses a jq program to the root node of its tree. */
  export function compileNode(program: string): unknown;
}
