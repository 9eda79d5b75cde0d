/** Types for the parts of `@michaelhomer/jqjs` this project uses: it ships none. */
declare module "@michaelhomer/jqjs" {
  /** A generator over the outputs for one input, with the tree it runs. */
  export interface Filter {
    (input: unknown): Generator<unknown>;
    readonly ast: object;
  }
  /** Compiles a jq program. */
  export function compile(program: string): Filter;
}
