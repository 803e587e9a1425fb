import { expect } from "@std/expect";
import { describe, it } from "@std/testing/bdd";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, parseAllDocuments } from "yaml";
import { z } from "zod";
import { infoOf, SETTING_NAMES } from "../cli/config/setting_info.ts";
import { SettingsSchema } from "../cli/config/settings_schema.ts";
import config from "../deno.json" with { type: "json" };
import dashboard from "../deploy/grafana.json" with { type: "json" };
import { PUBLIC_PATHS } from "../routes/auth/authenticate.ts";
import { type MetricInfo, METRICS } from "../routes/observe/metric_table.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const read = (path: string) => Deno.readTextFile(`${ROOT}${path}`);
const FILES = [
  "deploy/Dockerfile",
  "deploy/compose.yaml",
  "deploy/kubernetes.yaml",
  "deploy/systemd/latentd.service",
  "deploy/systemd/gpu.conf",
];
/** Values of a permission of `deno run` in a text. */
const granted = (text: string, kind: string) => new RegExp(`--allow-${kind}=([^\\s"']+)`).exec(text)![1]!.split(",");

describe("deploy/", () => {
  it("names settings that there are", async () => {
    const variables = [...SETTING_NAMES.map((name) => infoOf(name).variable), "LATENTD_CONFIG"];
    for (const path of [...FILES, "docs/deploy.md", "docs/operate.md"]) {
      for (const [name] of (await read(path)).matchAll(/\bLATENTD_[A-Z_]+\b(?!\*)/g)) {
        expect([path, name, variables.includes(name)]).toEqual([path, name, true]);
      }
    }
  });

  it("grants what the task serve does, and reads and writes less", async () => {
    for (const path of ["deploy/Dockerfile", "deploy/systemd/latentd.service"]) {
      const text = (await read(path)).replace(/\\\n/g, "");
      expect([path, granted(text, "env")]).toEqual([path, granted(config.tasks.serve.command, "env")]);
      const kinds = new Set([...text.matchAll(/--allow-(\w+)/g)].map(([, kind]) => kind));
      expect([path, [...kinds].sort()]).toEqual([path, ["env", "net", "read", "sys", "write"]]);
      const places = [...granted(text, "read"), ...granted(text, "write")];
      for (const place of places) expect([path, place, /^(\/|%)[\w%]+/.test(place)]).toEqual([path, place, true]);
      expect(text).not.toMatch(/--allow-(read|write)[\s"]/);
    }
  });

  it("keeps what the server imports out of .dockerignore, and tests and the history in", async () => {
    const patterns = (await read(".dockerignore")).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const isLeftOut = (path: string) =>
      patterns.reduce((isOut, pattern) => {
        const parts: Readonly<Record<string, string>> = { "**/": "(.*/)?", "*": "[^/]*", ".": "\\.", "!": "" };
        const glob = pattern.replace(/\*\*\/|[*.!]/g, (part) => parts[part]!);
        return new RegExp(`^${glob}(/|$)`).test(path) ? !pattern.startsWith("!") : isOut;
      }, false);
    const args = ["info", "--json", "--no-lock", "main.ts"];
    const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
    const own = modules.filter(({ specifier }) => specifier.startsWith("file:"))
      .map(({ specifier }) => relative(ROOT, fileURLToPath(specifier)));
    expect(own.length).toBeGreaterThan(100);
    const others = [
      "deno.json",
      "deno.lock",
      "pipeline/worker/worker.ts",
      "deploy/healthcheck.ts",
      "LICENSE",
      "NOTICE",
    ];
    for (const path of [...own, ...others]) expect([path, isLeftOut(path)]).toEqual([path, false]);
    for (
      const path of [".git/config", ".env", "tests/x.ts", "pipeline/jobs/x_test.ts", "deploy/api_key.txt", "docs/x.md"]
    ) {
      expect([path, isLeftOut(path)]).toEqual([path, true]);
    }
  });

  it("has a container that runs as nobody and is probed where no key is needed", async () => {
    const text = await read("deploy/Dockerfile");
    const users = [...text.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
    expect(users.at(-1)).toBe("10001:10001");
    expect(text.match(/^FROM .*$/gm)!.at(-1)).toBe("FROM serve"); // not the one with Vulkan
    expect(text).toContain("/opt/latentd/deploy/healthcheck.ts");
    const [, path] = /\$\{port\}(\/\w+)`/.exec(await read("deploy/healthcheck.ts"))!;
    expect(PUBLIC_PATHS).toContain(path);
    expect(text).toMatch(/^ARG DENO=denoland\/deno:debian-(\d+\.\d+\.\d+)$/m);
    expect(await read(".ci/run")).toContain(`deno@${/debian-([\d.]+)/.exec(text)![1]}`);
  });

  it("has a compose file that is read-only and drops every capability", async () => {
    const { services: { latentd }, secrets, volumes } = parse(await read("deploy/compose.yaml"));
    expect(latentd).toMatchObject({
      build: { context: "..", dockerfile: "deploy/Dockerfile" },
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      ports: ["127.0.0.1:8000:8000"],
    });
    expect(Object.keys(secrets)).toEqual(latentd.secrets.map(({ source }: { source: string }) => source));
    expect(Object.keys(volumes)).toEqual(["state"]);
    expect(parseInt(latentd.stop_grace_period)).toBeGreaterThan(Number(latentd.environment.LATENTD_DRAIN));
    for (const mount of latentd.volumes) expect(mount).toBe("state:/var/lib/latentd");
  });

  it("has a manifest for Kubernetes with probes of paths that need no key, under a host that is allowed", async () => {
    const documents = parseAllDocuments(await read("deploy/kubernetes.yaml"));
    for (const { errors } of documents) expect(errors).toEqual([]);
    const [claim, deployment, service] = documents.map((document) => document.toJS());
    expect([claim.kind, deployment.kind, service.kind]).toEqual(["PersistentVolumeClaim", "Deployment", "Service"]);
    const { template: { spec, metadata } } = deployment.spec;
    expect(service.spec.selector).toEqual(metadata.labels);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 10001 });
    const [container] = spec.containers;
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
    for (const name of ["startupProbe", "readinessProbe", "livenessProbe"]) {
      const { path, port, httpHeaders } = container[name].httpGet;
      expect(PUBLIC_PATHS).toContain(path);
      expect(container.ports.map(({ name }: { name: string }) => name)).toContain(port);
      expect(httpHeaders).toEqual([{ name: "Host", value: "localhost" }]);
    }
    expect(container.readinessProbe.httpGet.path).toBe("/readyz");
    expect(container.livenessProbe.httpGet.path).toBe("/livez"); // a server that is full or drains must not be killed
    const mounted = container.volumeMounts.map(({ name }: { name: string }) => name);
    expect(spec.volumes.map(({ name }: { name: string }) => name)).toEqual(mounted);
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(SettingsSchema.shape.drain.parse(undefined));
  });

  it("has a unit for systemd that is held, and starts again unless the settings are wrong", async () => {
    const text = (await read("deploy/systemd/latentd.service")).replace(/\\\n\s*/g, "");
    const lines = text.split("\n");
    for (
      const line of [
        "DynamicUser=yes",
        "ProtectSystem=strict",
        "NoNewPrivileges=yes",
        "PrivateDevices=yes",
        "CapabilityBoundingSet=",
        "Restart=on-failure",
        "RestartPreventExitStatus=2",
        "LoadCredential=api-key:/etc/latentd/api-key",
        "Environment=LATENTD_API_KEY_FILE=%d/api-key",
      ]
    ) expect(lines).toContain(line);
    expect(granted(text, "read")).toContain("%d");
    expect(await read("deploy/systemd/gpu.conf")).toContain("DeviceAllow=char-drm rw");
  });
});

describe("deploy/grafana.json", () => {
  const PanelSchema = z.object({
    title: z.string(),
    gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
    targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).min(1),
  });
  const panels = z.array(PanelSchema).parse(dashboard.panels);
  /** What a name of the text format is of the table. */
  const infoOfSample = (name: string): MetricInfo | undefined => {
    const table: Readonly<Record<string, MetricInfo>> = METRICS;
    if (table[name]) return table[name].type === "histogram" ? undefined : table[name];
    const info = table[name.replace(/_(bucket|sum|count)$/, "")];
    return info?.type === "histogram" ? { ...info, labels: [...info.labels ?? [], "le"] } : undefined;
  };

  it("asks for metrics and labels that there are", () => {
    for (const { title, targets } of panels) {
      for (const { expr, legendFormat } of targets) {
        const names = [...expr.matchAll(/\b(?:latentd|process)_\w+/g)].map(([name]) => name);
        expect([title, names.length > 0]).toEqual([title, true]);
        const labels = names.flatMap((name) => {
          expect([title, name, infoOfSample(name) !== undefined]).toEqual([title, name, true]);
          return infoOfSample(name)!.labels ?? [];
        });
        const known = [...labels, "job", "instance"]; // Prometheus adds these
        const asked = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/));
        const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
        for (const label of [...asked, ...shown]) {
          expect([title, label, known.includes(label)]).toEqual([title, label, true]);
        }
      }
    }
  });

  it("leaves no metric out", () => {
    const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join("\n");
    expect(Object.keys(METRICS).filter((name) => !asked.includes(name))).toEqual([]);
  });

  it("puts no panel over another", () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + i % w},${y + (i / w | 0)}`)
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { gridPos: { x, w } } of panels) expect(x + w).toBeLessThanOrEqual(24);
  });
});
