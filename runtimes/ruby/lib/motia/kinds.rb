# frozen_string_literal: true

module Motia
  # What starts a Step, in one word for every dialect.
  module Kinds
    KNOWN = { 'http' => 'http', 'api' => 'http', 'queue' => 'queue', 'event' => 'queue', 'durable:subscriber' => 'queue',
              'cron' => 'cron', 'state' => 'state', 'stream' => 'stream', 'noop' => 'noop' }.freeze

    # `http`, `queue`, `cron`, `state`, `stream` or `noop` for a kind in any dialect; an unknown one is given back.
    def self.of(kind)
      written = kind.to_s.downcase
      KNOWN.fetch(written, written)
    end
  end
end
