# frozen_string_literal: true

require 'motia/json'
require 'motia/response'
require 'motia/worker/cookies'

module Motia
  module Worker
    # What a handler gives, as an HTTP response.
    module Results
      JSON_TYPE = 'application/json; charset=utf-8'
      HTML_TYPE = 'text/html; charset=utf-8'
      BYTES_TYPE = 'application/octet-stream'
      RESPONSE_KEYS = %w[status body headers cookies contentType content_type].freeze
      BODILESS = [204, 205, 304].freeze

      class << self
        # A handler's result as `{status, headers, body?}`, the form that middleware sees.
        #
        # @raise [ArgumentError, TypeError] it is no response
        def response(result)
          return Record.of('status' => 204, 'headers' => Record.new) if nothing?(result)
          return bare(result) unless response?(result)

          result = Record.of(result)
          response = Record.of('status' => checked_status(result['status']), 'headers' => headers_of(result))
          response['body'] = result['body'] if result.key?('body')
          response
        end

        # Whether a result says how to answer, instead of being the answer's value.
        def response?(result)
          result.is_a?(ApiResponse) || (status?(result) && stray_keys(result).empty?)
        end

        # The keys that keep a result with a `status` from being a response.
        def stray_keys(result)
          status?(result) ? result.keys.map(&:to_s) - RESPONSE_KEYS : []
        end

        # The last expression of a Ruby method is its result: one that ends with the writer gives nothing.
        def nothing?(result)
          result.nil? || result.is_a?(ResponseWriter)
        end

        # Whether a body is given piece by piece: an Enumerator, an IO, anything else with `each` that is no JSON.
        def stream?(body)
          case body
          when nil, String, Hash, Array, Struct, Exception then false
          when Enumerator then true
          else body.respond_to?(:each) && !%w[Set].include?(body.class.name)
          end
        end

        # The headers, with a content type, and the bytes of a response whose body is no stream.
        #
        # @raise [PayloadError] the body is no JSON
        def headers_and_bytes(response)
          headers = response['headers']
          return [headers, ''] if !response.key?('body') || BODILESS.include?(response['status'])

          body = response['body']
          return [typed(headers, stream_type(body)), body.encoding == Encoding::BINARY ? body : utf8(body)] if body.is_a?(String)

          given = headers['content-type']
          return [headers, body_of(body)['data'].pack('C*')] if given && !given.to_s.include?('json') && buffer?(body)

          [typed(headers, JSON_TYPE), Json.encode(body, 'body')]
        end

        # The content type of text or bytes that come without one.
        def stream_type(first)
          first.encoding == Encoding::BINARY ? BYTES_TYPE : HTML_TYPE
        end

        private

        def status?(result)
          return false unless result.is_a?(Hash)

          status = result['status'] || result[:status]
          status.is_a?(Integer) && status.between?(100, 599)
        end

        def checked_status(status)
          return status if status.is_a?(Integer) && status.between?(200, 599)

          raise ArgumentError, "a Step cannot answer with status #{status.inspect}; it answers with 200 to 599"
        end

        # The response for a value: JSON, also when it is a text, so that no text becomes markup by accident.
        def bare(result)
          return Record.of('status' => 200, 'headers' => Record.new, 'body' => result) if stream?(result) || bytes?(result)

          body = result.is_a?(String) || result.is_a?(Symbol) ? Json.encode(result, 'result') : result
          Record.of('status' => 200, 'headers' => Record.of('content-type' => JSON_TYPE), 'body' => body)
        end

        def bytes?(result)
          result.is_a?(String) && result.encoding == Encoding::BINARY
        end

        def utf8(text)
          text.encode(Encoding::UTF_8)
        end

        def headers_of(result)
          headers = lower_case(result['headers'])
          content_type = Spelling.option(result, 'contentType')
          headers['content-type'] = content_type.to_s if content_type
          cookies = Cookies.headers(result['cookies'])
          headers['set-cookie'] = [*headers['set-cookie'], *cookies] unless cookies.empty?
          headers
        end

        def lower_case(given)
          raise TypeError, "headers are a Hash, not #{given.class}" unless given.nil? || given.is_a?(Hash)

          (given || {}).each_with_object(Record.new) do |(name, value), headers|
            next if value.nil?

            headers[name.to_s.downcase] = value.is_a?(Array) ? value.map { |item| line(item) } : line(value)
          end
        end

        def line(value)
          text = value.to_s
          raise ArgumentError, 'a header cannot contain a line break' if text.match?(/[\r\n\0]/)

          text
        end

        def typed(headers, content_type)
          headers.key?('content-type') ? headers : headers.merge('content-type' => content_type)
        end

        # How JavaScript writes bytes as JSON; the original's Python answered so with files.
        def buffer?(body)
          return false unless body.is_a?(Hash)

          body = body_of(body)
          body['type'] == 'Buffer' && body['data'].is_a?(Array) &&
            body['data'].all? { |byte| byte.is_a?(Integer) && byte.between?(0, 255) }
        end

        def body_of(body)
          Record.of(body)
        end
      end
    end
  end
end
