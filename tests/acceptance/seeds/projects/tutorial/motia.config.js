module.exports = {
  development: {
    port: 3001,
    workbench: { enabled: true, port: 3000 },
    database: { url: 'sqlite://./bakery-dev.db' },
  },

  production: {
    port: process.env.PORT || 8080,
    workbench: { enabled: false },
    database: { url: process.env.DATABASE_URL },
  },
};
