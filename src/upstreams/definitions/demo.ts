/** The built-in upstream of `--demo`. It runs inside the proxy and uses the Responses translator. */
import { noKey, type UpstreamDefinition } from '../definition.ts';

export const demo: UpstreamDefinition = {
  name: 'demo',
  dialect: 'responses',
  baseUrls: { responses: 'demo:' },
  profiles: {
    responses: {
      fields: { maxOutputTokens: false, sampling: false, maxToolCalls: false, serviceTier: false },
      toolsForm: 'flat',
      capabilities: { imageUrls: true, files: true, fileUrls: true, webSearch: 'none' },
      quota: 'none',
      countPath: undefined,
    },
  },
  costKind: 'local',
  auth: noKey,
  smallModel: 'demo-fast',
  transports: ['in-process'],
  attributes: { local: true },
};

/** The main model of a launch with `--demo`. */
export const demoModel = 'demo';
