// Makes the page installable and brings its window to the front when a notification is pressed.
// Nothing is cached: the app runs on this computer, and a page older than the app would lie.
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", () => {});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path ?? "/";
  event.waitUntil(
    (async () => {
      const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
      const open = windows[0];
      if (!open) return self.clients.openWindow(path);
      open.postMessage({ go: path });
      return open.focus();
    })(),
  );
});
