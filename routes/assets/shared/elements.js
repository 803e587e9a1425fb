/** The element of the page with this id; the page's own markup has it. */
export const byId = (id) => document.getElementById(id);

/** A new element with these properties and children; text among them stays text. */
export function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
