import boxesInput from "./inputs/boxes_input.js" with { type: "text" };
import inputsStyle from "./inputs/inputs.css" with { type: "text" };
import maskInput from "./inputs/mask_input.js" with { type: "text" };
import pictureInput from "./inputs/picture_input.js" with { type: "text" };
import card from "./page/card.js" with { type: "text" };
import fields from "./page/fields.js" with { type: "text" };
import form from "./page/form.js" with { type: "text" };
import galleryStyle from "./page/gallery.css" with { type: "text" };
import gallery from "./page/gallery.js" with { type: "text" };
import history from "./page/history.js" with { type: "text" };
import page from "./page/index.html" with { type: "text" };
import jobView from "./page/job_view.js" with { type: "text" };
import jobs from "./page/jobs.js" with { type: "text" };
import pageMain from "./page/main.js" with { type: "text" };
import pictures from "./page/pictures.js" with { type: "text" };
import pageStyle from "./page/style.css" with { type: "text" };
import viewer from "./page/viewer.js" with { type: "text" };
import reference from "./reference/index.html" with { type: "text" };
import referenceMain from "./reference/main.js" with { type: "text" };
import operation from "./reference/operation.js" with { type: "text" };
import schema from "./reference/schema.js" with { type: "text" };
import referenceStyle from "./reference/style.css" with { type: "text" };
import api from "./shared/api.js" with { type: "text" };
import baseStyle from "./shared/base.css" with { type: "text" };
import elements from "./shared/elements.js" with { type: "text" };
import eventStream from "./shared/event_stream.js" with { type: "text" };
import icon from "./shared/icon.svg" with { type: "text" };

/** The documents that browsers open. */
export const DOCUMENTS = { page, reference } as const;

/**
 * Everything that the documents load, by its address below `/assets/`, which is its place in this folder. Imports, not reads:
 * so these files are in the module graph, and go wherever the program goes.
 */
export const ASSETS: Readonly<Record<string, string>> = {
  "inputs/boxes_input.js": boxesInput,
  "inputs/inputs.css": inputsStyle,
  "inputs/mask_input.js": maskInput,
  "inputs/picture_input.js": pictureInput,
  "page/card.js": card,
  "page/fields.js": fields,
  "page/form.js": form,
  "page/gallery.css": galleryStyle,
  "page/gallery.js": gallery,
  "page/history.js": history,
  "page/job_view.js": jobView,
  "page/jobs.js": jobs,
  "page/main.js": pageMain,
  "page/pictures.js": pictures,
  "page/style.css": pageStyle,
  "page/viewer.js": viewer,
  "reference/main.js": referenceMain,
  "reference/operation.js": operation,
  "reference/schema.js": schema,
  "reference/style.css": referenceStyle,
  "shared/api.js": api,
  "shared/base.css": baseStyle,
  "shared/elements.js": elements,
  "shared/event_stream.js": eventStream,
  "shared/icon.svg": icon,
};
