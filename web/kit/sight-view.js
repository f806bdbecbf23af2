/** Whether somebody can see a part of the page, so that what nobody sees costs nothing. */

/** Watches one element: whether any of it is within the window, of a page that is seen. */
export class Sight {
  #isWithin = false;

  /**
   * @param {Element} element
   * @param {() => void} [onSeen] It has come into sight.
   */
  constructor(element, onSeen = () => {}) {
    const observer = new IntersectionObserver((entries) => {
      const wasSeen = this.isSeen;
      this.#isWithin = entries.at(-1).isIntersecting;
      if (!wasSeen && this.isSeen) {
        onSeen();
      }
    });
    observer.observe(element);
    document.addEventListener("visibilitychange", () => this.isSeen && onSeen());
  }

  get isSeen() {
    return this.#isWithin && document.visibilityState === "visible";
  }
}
