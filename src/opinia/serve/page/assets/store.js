// What the page remembers: the tab (sessionStorage) or the person's choices (localStorage).
// A browser may refuse either, or be full; then the page works, and forgets.

function keeper(storage) {
  return {
    /** Return what was kept under a name, or null. */
    get(name) {
      try {
        return window[storage].getItem(`opinia.${name}`);
      } catch {
        return null;
      }
    },
    /** Keep a text under a name; an empty one or null forgets it. Return whether it was kept. */
    set(name, value) {
      try {
        if (value === null || value === "") window[storage].removeItem(`opinia.${name}`);
        else window[storage].setItem(`opinia.${name}`, value);
        return true;
      } catch {
        return false;
      }
    },
  };
}

export const tab = keeper("sessionStorage");
export const choices = keeper("localStorage");
