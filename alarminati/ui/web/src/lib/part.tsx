import { type ComponentType, lazy } from "react";

/** A component that is loaded later; once it is here it is drawn at once, without a fallback. */
export function part<P extends object>(
  load: () => Promise<ComponentType<P>>,
): { Part: ComponentType<P>; fetch: () => Promise<void> } {
  let here: ComponentType<P> | null = null;
  const loading = async () => {
    here = await load();
    return here;
  };
  const Lazy = lazy(async () => ({ default: await loading() }));
  // biome-ignore lint/correctness/noComponentHookFactories: called once a part, when its module is read
  const Part = (props: P) => {
    const Here = here ?? (Lazy as unknown as ComponentType<P>);
    return <Here {...props} />;
  };
  return {
    Part,
    fetch: async () => {
      await loading().catch(() => undefined);
    },
  };
}
