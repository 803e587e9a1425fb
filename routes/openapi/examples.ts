/**
 * How to ask: examples for the routes that people begin with, as bodies and as command lines.
 *
 * @module
 */

/** One way to ask a route. */
export interface Example {
  readonly summary: string;
  /** With everything filled in; the route's own if absent. */
  readonly path?: string;
  readonly accept?: string;
  /** The body, if it is JSON. */
  readonly json?: unknown;
  /** The body, if it is a form; `@cat.png` stands for that file. */
  readonly form?: Readonly<Record<string, string>>;
  /** The file that the answer goes to. */
  readonly output?: string;
}

const JOB = "/v1/jobs/my-apple";
const APPLE = { prompt: "a red apple, fluent style", seed: 7 };

/** By method and path. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "GET /v1/models": [{ summary: "What there is" }],
  "GET /v1/generate": [
    { summary: "A picture", path: "/v1/generate?prompt=a+red+apple&seed=7", output: "apple.png" },
  ],
  "POST /v1/generate": [
    { summary: "A picture from a prompt", json: APPLE, output: "apple.png" },
    {
      summary: "Several pictures as JSON, in base64",
      accept: "application/json",
      json: { prompt: "cat face", negative_prompt: "blue", count: 2, seed: 1, steps: 10, guidance: 5 },
    },
    {
      summary: "Image-to-image: over the picture of a file",
      form: { prompt: "a green apple", image: "@apple.png", strength: "0.6" },
      output: "green.png",
    },
    {
      summary: "Inpainting: anew where the mask is white",
      form: { prompt: "a worm", image: "@apple.png", mask: "@mask.png" },
      output: "worm.png",
    },
    {
      summary: "Layout: objects in their boxes",
      json: { boxes: [{ box: [0, 0.2, 0.5, 0.8], text: "cat face" }, { box: [0.5, 0.2, 1, 0.8], text: "dog face" }] },
      output: "pets.png",
    },
    { summary: "A class", json: { class: "mammals" }, output: "mammal.png" },
  ],
  "POST /v1/jobs": [{ summary: "A job that is begun and goes on by itself", json: APPLE }],
  "PUT /v1/jobs/{id}": [{ summary: "The same under an id of your own", path: JOB, json: APPLE }],
  "GET /v1/jobs": [{ summary: "Your jobs" }],
  "GET /v1/jobs/{id}": [{ summary: "What has become of it", path: JOB }],
  "GET /v1/jobs/{id}/events": [{ summary: "What happens to it", path: `${JOB}/events` }],
  "GET /v1/jobs/{id}/image": [{ summary: "Its picture", path: `${JOB}/image`, output: "apple.png" }],
  "DELETE /v1/jobs/{id}": [{ summary: "Remove it, done or not", path: `${JOB}?forget=true` }],
  "POST /v1/images/generations": [
    { summary: "As OpenAI's clients ask", json: { prompt: "a red apple, fluent style", n: 2, size: "auto" } },
  ],
  "POST /v1/images/edits": [
    {
      summary: "Anew where the mask is transparent",
      form: { prompt: "a worm", image: "@apple.png", mask: "@hole.png" },
    },
  ],
  "POST /v1/images/variations": [{ summary: "Others like it", form: { image: "@apple.png", n: "2" } }],
  "POST /sdapi/v1/txt2img": [
    { summary: "As AUTOMATIC1111's clients ask", json: { prompt: "a red apple", steps: 10, sampler_name: "Euler a" } },
  ],
};

/** The address that examples call. */
const ORIGIN = "http://127.0.0.1:8000";

/** The command line of an example. */
export function toCurl(method: string, path: string, example: Example): string {
  const { accept, json, form, output } = example;
  const headers = {
    ...(json !== undefined && { "content-type": "application/json" }),
    ...(accept !== undefined && { accept }),
  };
  const isImplied = method === "GET" || (method === "POST" && (json ?? form) !== undefined);
  return [
    `curl${isImplied ? "" : ` -X ${method}`} '${ORIGIN}${example.path ?? path}'`,
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    ...(json === undefined ? [] : [`-d '${JSON.stringify(json)}'`]),
    ...Object.entries(form ?? {}).map(([name, value]) => `-F '${name}=${value}'`),
    ...(output === undefined ? [] : [`-o ${output}`]),
  ].join(" \\\n  ");
}

/** What of an OpenAPI document is looked at here. */
interface Document {
  readonly paths?: Readonly<Record<string, object>>;
}

/** The document with its examples: of bodies as OpenAPI has them, of command lines as `x-codeSamples`, which viewers show. */
export function withExamples<D extends Document>(document: D): D {
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => [
    path,
    Object.fromEntries(
      Object.entries(item).map(([method, operation]) => [method, withOwn(method.toUpperCase(), path, operation)]),
    ),
  ]);
  return { ...document, paths: Object.fromEntries(paths) };
}

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, object>> };
}

function withOwn(method: string, path: string, operation: Operation): Operation {
  const examples = EXAMPLES[`${method} ${path}`];
  if (!examples) return operation;
  const bodies = examples.filter(({ json }) => json !== undefined);
  const { requestBody } = operation;
  const told = Object.fromEntries(bodies.map(({ summary, json }) => [summary, { summary, value: json }]));
  const content = requestBody?.content["application/json"];
  return {
    ...operation,
    "x-codeSamples": examples.map((example) => ({
      lang: "Shell",
      label: example.summary,
      source: toCurl(method, path, example),
    })),
    ...(content && bodies.length > 0 && {
      requestBody: {
        ...requestBody,
        content: { ...requestBody.content, "application/json": { ...content, examples: told } },
      },
    }),
  } as Operation;
}
