// Keeps the page in the browser, so that it opens without a network: a service worker. `opinia page` writes VERSION,
// FIRST and LATER in front of this: all files of this page's version, those kept at once and those kept when first used.

const OURS = `opinia ${self.registration.scope} `;
const CACHE = OURS + VERSION;
const KEPT = new Set([...FIRST, ...LATER].map((name) => new URL(name, self.registration.scope).href));

self.addEventListener("install", (event) => event.waitUntil(keepFirst()));
self.addEventListener("activate", (event) => event.waitUntil(begin()));
self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  address.hash = "";
  address.search = "";
  const plain = address.href.replace(/index\.html$/, "");
  if (event.request.method === "GET" && KEPT.has(plain)) event.respondWith(answer(plain));
});

async function keepFirst() {
  const cache = await caches.open(CACHE);
  // The page has just fetched most of them: the browser asks whether they are still the same.
  await cache.addAll(FIRST.map((name) => new Request(new URL(name, self.registration.scope), { cache: "no-cache" })));
  await self.skipWaiting();
}

/** Serve the pages that are open, too, and forget older versions of this page. */
async function begin() {
  for (const name of await caches.keys()) if (name.startsWith(OURS) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

async function answer(address) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(address);
  if (kept) return kept;
  const response = await fetch(address, { cache: "no-cache" });
  if (response.ok) await cache.put(address, response.clone());
  return response;
}
