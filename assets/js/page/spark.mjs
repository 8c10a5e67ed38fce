/** A sparkline: one SVG path, drawn by us, as Plotly would cost a thousand times more. */

const SVG = "http://www.w3.org/2000/svg";

export class Spark {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.width = 84;
    this.height = 24;
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    this.path = document.createElementNS(SVG, "path");
    svg.append(this.path);
    element.append(svg);
  }

  /** @param {string} d */
  draw(d) {
    if (this.path.getAttribute("d") !== d) this.path.setAttribute("d", d);
  }
}
