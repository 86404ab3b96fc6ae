// Pages that nobody here wrote: the HTML files of npm packages, fetched by name when they are needed.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

/** Themes, demos and test pages of libraries that people build sites with. */
const PACKAGES = ["foundation-sites", "gentelella", "uikit", "summernote", "startbootstrap-sb-admin-2", "startbootstrap-clean-blog", "startbootstrap-agency",
  "startbootstrap-freelancer", "jstree", "video.js", "html5-boilerplate", "reveal.js", "swagger-ui-dist", "fancybox", "jquery-ui-dist", "ionicons"];
const BYTES_MAX = 1 << 20;

/** Every page of the packages: its name and its bytes. A package that cannot be fetched is told, and left out. */
export function corpus(folder, tell) {
  mkdirSync(folder, { recursive: true });
  return PACKAGES.flatMap((name) => {
    try {
      const to = join(folder, name);
      mkdirSync(to, { recursive: true });
      if (readdirSync(to).length === 0) {
        const [archive] = execFileSync("npm", ["pack", name, "--silent", "--pack-destination", to], { encoding: "utf8" }).trim().split("\n").slice(-1);
        execFileSync("tar", ["xzf", join(to, archive), "-C", to]);
      }
      const { version } = JSON.parse(readFileSync(join(to, "package/package.json"), "utf8"));
      const files = readdirSync(to, { recursive: true }).filter((file) => /\.html?$/.test(file)).sort();
      const pages = files.map((file) => join(to, file)).filter((file) => statSync(file).isFile() && statSync(file).size <= BYTES_MAX);
      tell(`${name} ${version}: ${pages.length} pages`);
      return pages.map((file) => ({ name: `${name}@${version}/${relative(join(to, "package"), file)}`, bytes: readFileSync(file) }));
    } catch (error) {
      tell(`${name}: left out, because ${error.message.split("\n")[0]}`);
      return [];
    }
  });
}
