# frozen_string_literal: true

require 'motia/record'

module Motia
  # The body as it came, in chunks: `request.request_body.stream.each { |chunk| … }`.
  class RawBody
    include Enumerable

    CHUNK = 64 * 1024

    def initialize(raw)
      @raw = raw.b
    end

    # The chunks.
    def stream
      self
    end

    def each
      return to_enum unless block_given?

      (0...@raw.bytesize).step(CHUNK) { |start| yield @raw.byteslice(start, CHUNK) }
    end
  end

  # One uploaded file: `field`, `name`, `type`, `size`, `path`; also `filename` and `contentType`.
  class UploadedFile < EitherSpelling
    OTHERS = { 'filename' => 'name', 'contentType' => 'type', 'content_type' => 'type' }.freeze

    def default(key = nil)
      other = OTHERS[plain(key)]
      other ? self[other] : super
    end

    # The content, as a binary String.
    def bytes
      File.binread(self['path'])
    end
    alias read bytes

    private

    def readable?(name)
      OTHERS.key?(name.name) || super
    end
  end
end
