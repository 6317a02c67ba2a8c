// Starts the application, and draws the pages that must show when the application does not: a browser that is too old, no
// network, a file that a new version replaced, a panic. Written for old browsers, which are to read at least the first.
// A plain script without inline code, so that the Content-Security-Policy needs no exception.
(function () {
  "use strict";

  var root = document.documentElement;
  root.className = "scripted";
  scrub();

  // The names are those of app/src/browser/theme.rs.
  try {
    var theme = localStorage.getItem("claviger.theme");
    if (theme === "light" || theme === "dark") root.setAttribute("data-theme", theme);
  } catch (error) {
    // Storage may be switched off.
  }

  var tag = document.currentScript;
  var js = tag && tag.getAttribute("data-js");
  var wasm = tag && tag.getAttribute("data-wasm");
  var RELOADED = "claviger.reloaded";
  var lastRequest = "";
  var failed = false;
  var diagnosing = false;

  // What app/src/browser/failure.rs calls.
  window.claviger = {
    panicked: function (message) {
      fail({
        id: "panic",
        title: "Something broke",
        lines: [
          "Claviger stopped because of a mistake in its own code. Nothing was changed by that.",
          "What you typed into a form is kept in this tab. Keys are not: a key that was on the screen is gone."
        ],
        action: "Reload",
        detail: message
      });
    },
    lastRequest: function (id) {
      lastRequest = id;
    },
    // Without a network the application says so itself, where the missing piece would be.
    missing: function () {
      fetch(js, { cache: "reload" }).then(
        function (response) {
          if (!isFile(response, "javascript")) outdated();
        },
        function () {}
      );
    },
    started: function () {
      // What the application drew into a page that has failed meanwhile.
      if (failed) return failed.alone();
      // While a missing file is looked into, a reload is not to be followed by another.
      if (diagnosing) return;
      try {
        sessionStorage.removeItem(RELOADED);
      } catch (error) {
        // As above.
      }
    }
  };

  // A key in the address would stay in the history and be kept as the way back: taken out before anything can read it. The
  // rule is that of `is_safe` in app/src/pages/keys/query.rs. The token of a setup link is a fragment, and not touched.
  function scrub() {
    var path = location.pathname.split("/").filter(isSafe).join("/") || "/";
    var query = location.search.slice(1).split("&").filter(isSafe).join("&");
    var hash = /clv_/.test(decoded(location.hash)) ? "" : location.hash;
    var clean = path + (query ? "?" + query : "") + hash;
    if (clean === location.pathname + location.search + location.hash) return;
    try {
      history.replaceState(null, "", clean);
    } catch (error) {
      return;
    }
    root.setAttribute("data-scrubbed", "");
  }

  function isSafe(part) {
    var text = decoded(part);
    if (/^(q=)?([a-z0-9]{2,12}_)?clv_[0-9A-Za-z]{4}(\u2026|\.\.\.)[0-9A-Za-z]{4}$/.test(text.trim())) return true;
    return !/clv_|[0-9A-Za-z]{20}/.test(text);
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text.replace(/\+/g, " "));
    } catch (error) {
      return text;
    }
  }

  // An error thrown through the application leaves it half-way: that is as bad as a panic.
  addEventListener("error", function (event) {
    var error = event.error;
    var trap = typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
    if (trap || (error && /\.wasm/.test(String(error.stack)))) window.claviger.panicked(String(error.message));
  });
  addEventListener("unhandledrejection", function (event) {
    var error = event.reason;
    if (typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError) window.claviger.panicked(String(error.message));
  });

  // Files of the page itself: their errors do not bubble.
  addEventListener(
    "error",
    function (event) {
      var link = event.target;
      if (link && link.rel === "stylesheet" && !diagnosing) diagnose(link.href, "css");
    },
    true
  );

  function fits() {
    return (
      typeof WebAssembly === "object" &&
      typeof WebAssembly.instantiateStreaming === "function" &&
      typeof HTMLDialogElement === "function" &&
      "popover" in HTMLElement.prototype &&
      typeof AbortSignal.timeout === "function" &&
      CSS.supports("color", "light-dark(white, black)")
    );
  }

  function outdated() {
    var once = true;
    try {
      once = sessionStorage.getItem(RELOADED) === null;
      sessionStorage.setItem(RELOADED, "1");
    } catch (error) {
      once = false;
    }
    if (once) return location.reload();
    fail({
      id: "updated",
      title: "Claviger was updated",
      lines: ["This tab belongs to the version before, and a file it needs is gone. What you typed into a form is kept in this tab."],
      action: "Reload"
    });
  }

  function offline() {
    fail({
      id: "network",
      title: "No network",
      lines: ["Claviger could not be loaded. Check your connection, then try again. Nothing was lost."],
      action: "Retry"
    });
    addEventListener("online", function () {
      location.reload();
    });
  }

  function unsupported() {
    fail({
      id: "browser",
      title: "Claviger needs a current browser",
      lines: ["The console works in Chrome, Edge, Firefox and Safari of the last two years."]
    });
  }

  function element(name, text, className) {
    var made = document.createElement(name);
    if (text) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // Replaces the page. The first reason counts: what comes after it follows from it.
  function fail(page) {
    if (failed) return;
    document.title = page.title + " · Claviger";
    var main = element("main", "", "plain");
    // Without its style sheets the page is still to be read.
    if (!getComputedStyle(root).getPropertyValue("--paper")) {
      main.style.cssText = "max-width: 36em; margin: 15vh auto 0; padding: 0 16px; font: 16px/1.5 system-ui, sans-serif";
    }
    main.id = "failure-" + page.id;
    var card = element("div", "", "card");
    card.setAttribute("role", "alert");
    var heading = element("h1", page.title);
    heading.tabIndex = -1;
    card.appendChild(heading);
    page.lines.forEach(function (line) {
      card.appendChild(element("p", line));
    });
    if (page.detail) card.appendChild(element("pre", page.detail, "failure-detail"));
    if (page.action) {
      var button = element("button", page.action, "button primary");
      button.type = "button";
      button.addEventListener("click", function () {
        location.reload();
      });
      card.appendChild(button);
    }
    if (lastRequest) {
      var request = element("p", "Last request ", "request-id");
      request.appendChild(element("code", lastRequest));
      card.appendChild(request);
    }
    main.appendChild(card);
    var body = document.body;
    failed = {
      alone: function () {
        while (body.firstChild) body.removeChild(body.firstChild);
        body.appendChild(main);
        heading.focus();
      }
    };
    failed.alone();
  }

  // A path that is not a file answers 200 with the page itself (wrangler.toml, not_found_handling), so the type tells.
  function isFile(response, type) {
    return response.ok && (response.headers.get("content-type") || "").indexOf(type) >= 0;
  }

  function start() {
    var plain = document.getElementById("without-script");
    if (plain) plain.parentNode.removeChild(plain);
    if (!fits()) return unsupported();
    // `same-origin` and `cors` are what the preload links ask with; anything else would load the file twice.
    fetch(wasm, { credentials: "same-origin", mode: "cors" })
      .then(function (response) {
        if (!isFile(response, "wasm")) return outdated();
        if (failed) return;
        return import(js).then(
          function (module) {
            return module.default({ module_or_path: response });
          },
          function () {
            return diagnose(js, "javascript");
          }
        );
      })
      .catch(function (error) {
        if (error instanceof TypeError) return diagnose(wasm, "wasm");
        // A trap has shown its page already, with more to say.
        window.claviger.panicked(String(error && error.message));
      });
  }

  // Why a file did not load: the network, a new version, or something that reloading does not cure.
  function diagnose(path, type) {
    diagnosing = true;
    return fetch(path, { cache: "reload" }).then(
      function (response) {
        if (isFile(response, type)) window.claviger.panicked("Could not start " + path);
        else outdated();
      },
      offline
    );
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", start);
  else start();
})();
