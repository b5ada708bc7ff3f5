// The Steps and the page answer on one port; the Workbench, which shows what they do, has another.
export default {
  port: process.env.PORT ?? 3001,
  workbench: { port: 3000 },
}
