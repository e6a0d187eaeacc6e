import { AsyncLocalStorage } from 'node:async_hooks';

/** What has to hold before a change is asked for; throws when it does not. */
type Condition = () => Promise<void>;

const conditions = new AsyncLocalStorage<Condition>();

/** Operations that only read; and one that stops what this step itself has begun, whoever may work now. */
const FREE = /^(?:Describe|Get|Head|List|CancelCommand)/;

type Handler<Input, Output> = (request: {
  readonly input: Input;
  readonly request: unknown;
}) => Promise<{ readonly output: Output; readonly response: unknown }>;

/** As much of the SDK's `MiddlewareStack` as is needed: an SDK is for adapters to import. */
interface Attempts<Input, Output> {
  add(
    middleware: (
      next: Handler<Input, Output>,
      context: { readonly commandName?: string },
    ) => Handler<Input, Output>,
    options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
  ): void;
}

/**
 * Works under a condition that is asked for before every attempt to change something by AWS clients that keep it: the SDK
 * repeats a request by itself, and a process that stood still may find that its first one was given up long ago.
 */
export function onCondition<T>(condition: Condition, work: () => Promise<T>): Promise<T> {
  return conditions.run(condition, work);
}

/** Has an AWS client keep the condition under which it is called. */
export function keepCondition<Input extends object, Output extends object>(client: {
  readonly middlewareStack: Attempts<Input, Output>;
}): void {
  // Behind the SDK's retries, which have a high priority in this step, so that it runs in each of them.
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (request) => {
        if (!FREE.test(commandName)) await conditions.getStore()?.();
        return next(request);
      },
    { step: 'finalizeRequest', priority: 'low', name: 'condition' },
  );
}
