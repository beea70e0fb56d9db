/** A model that took requests in place of the route and failed too. */
import type { CcpError } from '../errors/ccp-error.ts';
import { fullName } from '../models/find.ts';
import type { Candidate } from '../routing/candidate.ts';
import type { Session } from './session/session.ts';
import type { StreamMeter } from './stream-meter.ts';

/** The failure is said once. If the user chose the model at a limit, it is offered no more. */
export function substituteFailed(
  route: Candidate,
  { target }: Candidate,
  error: CcpError,
  { meter, session }: { readonly meter: StreamMeter; readonly session: Session },
): void {
  const { routes, limits, caches } = session;
  const message = `${fullName(target)} cannot answer either: ${error.message}`;
  if (caches.warnings.isNew(message)) meter.warning(message);
  const chosen = routes.chosenSubstitutes.get(fullName(route.target));
  if (chosen === undefined || fullName(chosen) !== fullName(target)) return;
  routes.chooseSubstitute(fullName(route.target), undefined);
  limits.cannotSubstitute(target, error);
}
