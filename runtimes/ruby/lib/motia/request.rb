# frozen_string_literal: true

require 'motia/json'
require 'motia/response'
require 'motia/uploads'

module Motia
  # Header values by lower-case name; lookups ignore case.
  class Headers < Record
    def default(key = nil)
      low = key.to_s.downcase
      low == key ? nil : self[low]
    end

    def key?(key)
      super(key.to_s.downcase)
    end
    alias has_key? key?
    alias include? key?
    alias member? key?

    def fetch(key, *default, &block)
      super(key.to_s.downcase, *default, &block)
    end
  end

  # The request of an HTTP Step. As a Hash it has `body headers pathParams queryParams rawBody`.
  #
  # Everything is readable as `req.body`, `req[:body]` and `req['body']`, and in both spellings; beyond the five also
  # `params query method path url ip cookies files user request response connection socket request_body`. Properties set on
  # it stay with the request: middleware and handler share one.
  class Request < Record
    LISTED = %w[body headers pathParams queryParams rawBody].freeze
    ALIASES = { 'params' => 'pathParams', 'query' => 'queryParams' }.freeze
    FROM_HEADER = %w[method path url ip].freeze
    MADE = %w[connection cookies files request requestBody response socket user].freeze

    # The request of a call, from its header and body.
    def self.read(header, text)
      kind = header['bodyKind'] || (text.empty? ? 'none' : 'json')
      body, raw =
        case kind
        when 'json' then [Json.decode(text), as_text(text)]
        when 'text' then [as_text(text), as_text(text)]
        when 'form' then form(text, header['rawLength'] || text.bytesize)
        when 'bytes' then [text, text]
        else [Record.new, '']
        end
      new(header, body, raw)
    end

    def self.form(text, length)
      [Json.decode(text.byteslice(0, length)), as_text(text.byteslice(length..))]
    end
    private_class_method :form

    def self.as_text(bytes)
      bytes.dup.force_encoding(Encoding::UTF_8).scrub
    end
    private_class_method :as_text

    def initialize(header, body, raw_body)
      super()
      @header = header
      @extras = {}
      self['body'] = body
      self['headers'] = Headers.of(header['headers'] || {})
      self['pathParams'] = Record.of(header['pathParams'] || {})
      self['queryParams'] = Record.deep(header['queryParams'] || {})
      self['rawBody'] = raw_body
      (header['properties'] || {}).each { |name, value| self[name] = Record.deep(value) }
    end

    # The names beyond the five, in either spelling.
    def default(key = nil)
      name = key.to_s
      known = canonical(name)
      return self[known] if LISTED.include?(known) && known != key
      return @extras[name] if @extras.key?(name)
      return @extras[known] if @extras.key?(known)
      return @header[known] if FROM_HEADER.include?(known)

      @extras[known] = made(known) if MADE.include?(known)
    end

    # Sets one of the five, or a property that is not listed.
    def []=(key, value)
      known = canonical(key.to_s)
      LISTED.include?(known) ? super(known, value) : @extras[key.to_s] = value
    end
    alias store []=

    # Like `Hash#fetch`, for every name of the request.
    def fetch(key, *default, &block)
      value = self[key]
      return value unless value.nil?

      readable_name?(key) ? nil : super
    end

    # The request's method; with a name, Ruby's own `method`.
    def method(*name)
      name.empty? ? self['method'] : super
    end

    # A copy is a request too, with properties of its own.
    def initialize_copy(other)
      super
      @extras = @extras.dup
    end

    def respond_to_missing?(name, include_private = false)
      (!CONVERSIONS.include?(name) && readable_name?(name)) || super
    end

    private

    def readable?(name)
      readable_name?(name) || super
    end

    def readable_name?(name)
      known = canonical(name.to_s)
      [LISTED, FROM_HEADER, MADE].any? { |names| names.include?(known) } || @extras.key?(name.to_s) || @extras.key?(known)
    end

    def canonical(name)
      ALIASES[name] || Spelling.camel(name)
    end

    def made(name)
      case name
      when 'connection', 'socket' then EitherSpelling.of('remoteAddress' => self['ip'])
      when 'cookies' then cookies
      when 'files' then (@header['files'] || []).map { |file| UploadedFile.of(file) }
      when 'request' then self
      when 'requestBody' then RawBody.new(self['rawBody'])
      when 'response' then ResponseWriter.new
      end
    end

    def cookies
      self['headers']['cookie'].to_s.split(/;\s*/).each_with_object(Record.new) do |pair, found|
        name, value = pair.split('=', 2)
        found[name.strip] ||= unquoted(value.strip) if value
      end
    end

    def unquoted(value)
      value = value[1...-1] if value.size > 1 && value.start_with?('"') && value.end_with?('"')
      value.include?('%') ? URI_DECODER.call(value) : value
    end

    URI_DECODER = lambda do |value|
      decoded = value.b.gsub(/%(\h\h)/) { $1.hex.chr }.force_encoding(Encoding::UTF_8)
      decoded.valid_encoding? ? decoded : value
    end
    private_constant :URI_DECODER
  end
end
