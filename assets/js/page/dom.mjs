/** Finding, making and filling elements. Text only: names come from strangers. */

/**
 * The element that a layout made for a role.
 * @param {ParentNode} root
 * @param {string} name
 * @returns {HTMLElement}
 */
export function role(root, name) {
  const element = root.querySelector(`[data-role="${name}"]`);
  if (!(element instanceof HTMLElement)) throw new Error(`no element for the role ${name}`);
  return element;
}

/** @param {ParentNode} root @param {string} selector */
export function elements(root, selector) {
  return [...root.querySelectorAll(selector)].filter((element) => element instanceof HTMLElement);
}

/** The JSON of a `data-` attribute. @param {HTMLElement} element @param {string} name */
export function settingsOf(element, name) {
  return JSON.parse(element.dataset[name] ?? "{}");
}

/**
 * Writes only what changed, into the text node that is there: the cheapest change of a page.
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  const node = element.firstChild;
  if (node instanceof Text && element.childNodes.length === 1) {
    if (node.nodeValue !== text) node.nodeValue = text;
  } else {
    element.textContent = text;
  }
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} className
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}
