import { encodePng } from "../../../pipeline/images/png/png_encode.ts";
import { fill } from "../fake_generate.ts";
import { FakeService, JSON_TYPE } from "../fake_service.ts";
import { MODEL } from "../models.ts";

/** A picture of one colour as A1111's clients send it. */
export async function png64(width: number, height: number, value = 0x102030): Promise<string> {
  return (await new Response(encodePng(fill({ width, height }, value))).bytes()).toBase64();
}

/** Asks AUTOMATIC1111's routes of an app on a fake generator, which has a model that enlarges, too. */
export class A1111Client {
  readonly service = new FakeService({
    models: [MODEL, { ...MODEL, name: "large", tasks: ["super-resolution"], upscaling: 2 }],
  });

  /** The JSON that a route gives. */
  readonly get = async (path: string) => await (await this.service.send(path)).json();

  /** The answer to a body. */
  readonly post = (path: string, body: unknown = {}, headers = JSON_TYPE): Promise<Response> =>
    this.service.send(path, { method: "POST", headers, body: JSON.stringify(body) });

  /** What `txt2img`, `img2img` and the like answer, with `info` read. */
  readonly made = async (path: string, body: unknown) => {
    const response = await this.post(`/sdapi/v1/${path}`, body);
    const { images, info, parameters } = await response.json();
    return { status: response.status, images, info: JSON.parse(info), parameters };
  };
}
