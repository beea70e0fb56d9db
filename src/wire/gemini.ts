/**
 * Gemini `generateContent` v1beta: the fields that ccp writes. Source: public API reference and the published types of
 * the official client, 2026-11. Responses are parsed as plain JSON objects.
 */
import type { JsonObject } from './json.ts';

export interface GeminiBlob {
  readonly mimeType: string;
  readonly data: string;
}

/** Each part contains one kind of data, and optionally a `thoughtSignature`. */
export interface GeminiPart {
  readonly text?: string;
  readonly inlineData?: GeminiBlob;
  readonly functionCall?: { readonly id?: string; readonly name: string; readonly args: JsonObject };
  readonly functionResponse?: {
    readonly id?: string;
    readonly name: string;
    readonly response: JsonObject;
    readonly parts?: readonly { readonly inlineData: GeminiBlob }[];
  };
  readonly thoughtSignature?: string;
}

export interface GeminiContent {
  readonly role: 'user' | 'model';
  readonly parts: readonly GeminiPart[];
}

export interface GeminiFunction {
  readonly name: string;
  readonly description: string;
  readonly parametersJsonSchema?: JsonObject;
}

export interface GeminiRequest {
  readonly contents: readonly GeminiContent[];
  readonly systemInstruction?: { readonly parts: readonly { readonly text: string }[] };
  readonly tools?: readonly { readonly functionDeclarations: readonly GeminiFunction[] }[];
  readonly toolConfig?: {
    readonly functionCallingConfig: {
      readonly mode: 'ANY' | 'NONE' | 'AUTO';
      readonly allowedFunctionNames?: readonly string[];
    };
  };
  readonly generationConfig: JsonObject;
}
