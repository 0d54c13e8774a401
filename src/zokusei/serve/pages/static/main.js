// What every page starts with; each module acts where it finds its own elements.
import "./keys.js";
import "./search.js";
import "./tastes.js";
import "./wall.js";
import "./related.js";
import "./work.js";
import "./upload.js";
import "./correct.js";
import "./tables.js";

const top = document.querySelector(".top");
const lift = () => top.classList.toggle("is-lifted", scrollY > 4);
addEventListener("scroll", lift, { passive: true });
lift();

for (const select of document.querySelectorAll("select[data-submit]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// On a narrow screen facets begin folded, so that pictures come first.
const fold = document.querySelector("[data-fold]");
if (fold && matchMedia("(max-width: 60rem)").matches) fold.open = false;
