# frozen_string_literal: true

require 'motia/link'
require 'motia/record'

module Motia
  # A response: `Motia::ApiResponse.new(status: 201, body: { … }, headers: { … }, cookies: { … }, content_type: 'text/plain')`.
  class ApiResponse < EitherSpelling
    def initialize(status: 200, **parts)
      super()
      self['status'] = status
      parts.each { |name, value| self[name] = value }
    end
  end

  # Writes a response while the handler runs. The first byte sends status and headers; what the handler returns is then
  # ignored. `write` waits until the reader keeps up.
  #
  # All calls raise RuntimeError when the response has ended, `status` and `headers` also after the first byte.
  class ResponseWriter
    def initialize(call = Current.call)
      @call = call
      @status = 200
      @headers = {}
      @ended = false
    end

    # Sets the status.
    def status(status)
      outlet.head(@status = Integer(status), @headers)
      self
    end

    # Adds headers.
    def headers(headers = nil, **more)
      [headers, more].compact.each { |given| given.each { |name, value| @headers[name.to_s] = value } }
      outlet.head(@status, @headers)
      self
    end

    # The writer itself: `response.stream.write(…)`.
    def stream
      self
    end
    alias writer stream

    # Sends a chunk; text goes as UTF-8.
    def write(chunk)
      outlet.write(chunk)
      self
    end
    alias << write

    # Ends the response, after a last chunk if there is one. Ending twice is no error.
    def end(chunk = nil)
      return self if @ended

      open = outlet
      open.write(chunk) unless chunk.nil?
      @ended = true
      open.end
      self
    end
    alias close end

    private

    def outlet
      raise 'the response has ended' if @ended
      raise NotConnected, 'there is no request to answer here' if @call.nil? || @call.outlet.nil?

      @call.outlet
    end
  end
end
