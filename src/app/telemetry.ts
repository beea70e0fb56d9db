/** Starts telemetry when it is configured and no policy forbids it. */
import { UserError } from '../errors/user-error.ts';
import { telemetryConfiguration } from '../telemetry/configuration.ts';
import type { Telemetry, TelemetryIdentity } from '../telemetry/telemetry.ts';
import type { AppContext } from './context.ts';

type Context = Pick<AppContext, 'env' | 'policy' | 'version'>;

/** @param onProblem called once with what is wrong. */
export async function telemetryOf(
  { env, policy, version }: Context,
  identity: Omit<TelemetryIdentity, 'version'>,
  onProblem: (message: string) => void,
): Promise<Telemetry | undefined> {
  const configuration = telemetryConfiguration(env);
  if (configuration === undefined || policy.effective.telemetry?.value === 'forbidden') return undefined;
  if (configuration.problem !== undefined) setImmediate(() => onProblem(configuration.problem ?? ''));
  if (configuration.signals.length === 0) return undefined;
  const { startTelemetry } = await import('../telemetry/telemetry.ts');
  return startTelemetry(configuration, { ...identity, version }, onProblem);
}

/** @throws UserError when a policy requires telemetry, and none is configured. */
export function assertTelemetry({ env, policy }: Omit<Context, 'version'>): void {
  const rule = policy.effective.telemetry;
  const signals = telemetryConfiguration(env)?.signals.map(({ signal }) => signal) ?? [];
  // The heads of the audit log are logs.
  if (rule?.value === 'required' && !(signals.includes('logs') && signals.includes('metrics')))
    throw new UserError(
      `The policy ${rule.path} requires telemetry: set OTEL_EXPORTER_OTLP_ENDPOINT to your collector, with metrics and logs over HTTP. Nothing was started.`,
    );
}
