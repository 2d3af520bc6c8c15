// What Siegel is measured against: node's http with one INSERT into PostgreSQL per message, and a
// push over ws to whoever listens. No rights, no sequence, no trail, no encryption.

import { createServer } from "node:http";
import pg from "pg";
import { WebSocketServer } from "ws";

const pool = new pg.Pool({ host: "127.0.0.1", port: Number(process.argv[2]), user: "postgres", database: "postgres", max: 16 });
await pool.query(
  "CREATE TABLE IF NOT EXISTS message (id bigserial PRIMARY KEY, conversation text NOT NULL, key uuid UNIQUE, body text NOT NULL, at timestamptz DEFAULT now())",
);
const listeners = new Map();
const server = createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part));
  request.on("end", async () => {
    const { conversation, key, body } = JSON.parse(Buffer.concat(parts).toString());
    const stored = await pool.query({
      name: "insert",
      text: "INSERT INTO message (conversation, key, body) VALUES ($1, $2, $3) RETURNING id, at",
      values: [conversation, key, body],
    });
    const { id, at } = stored.rows[0];
    const answer = JSON.stringify({ id, at });
    response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
    response.end(answer);
    const push = JSON.stringify({ id, at, key, body });
    for (const listener of listeners.get(conversation) ?? []) listener.send(push);
  });
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on("connection", (socket, request) => {
  const conversation = new URL(request.url, "http://x").searchParams.get("conversation");
  const all = listeners.get(conversation) ?? new Set();
  listeners.set(conversation, all.add(socket));
  socket.on("close", () => all.delete(socket));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
