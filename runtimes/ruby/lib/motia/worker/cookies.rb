# frozen_string_literal: true

require 'motia/record'

module Motia
  module Worker
    # `cookies` of a response as `Set-Cookie` headers.
    module Cookies
      UNSAFE = %r{[^A-Za-z0-9!#$&'()*+/:<=>?@\[\]^_`{|}~.-]}.freeze
      VALUES = { 'path' => 'Path', 'domain' => 'Domain', 'maxAge' => 'Max-Age', 'expires' => 'Expires' }.freeze
      FLAGS = { 'httpOnly' => 'HttpOnly', 'secure' => 'Secure' }.freeze

      class << self
        # @raise [TypeError, ArgumentError] they are no cookies
        def headers(given)
          return [] if given.nil?
          raise TypeError, "cookies are a Hash, not #{given.class}" unless given.is_a?(Hash)

          given.compact.map { |name, value| header(name, value) }
        end

        private

        def header(name, given)
          options = Record.of(given.is_a?(Hash) ? given : { 'value' => given })
          parts = ["#{name}=#{escaped(options['value'])}"]
          VALUES.each { |key, label| parts << "#{label}=#{shown(key, options)}" if shown(key, options) }
          FLAGS.each { |key, label| parts << label if Spelling.option(options, key) }
          same_site = Spelling.option(options, 'sameSite')
          parts << "SameSite=#{same_site == true ? 'Strict' : same_site.to_s.capitalize}" if same_site
          parts.join('; ').tap { |text| raise ArgumentError, 'a cookie cannot contain a line break' if text.match?(/[\r\n\0]/) }
        end

        def escaped(value)
          value.to_s.b.gsub(UNSAFE) { |byte| format('%%%02X', byte.ord) }.force_encoding(Encoding::UTF_8)
        end

        def shown(key, options)
          value = Spelling.option(options, key)
          key == 'expires' ? http_date(value) : value
        end

        def http_date(value)
          value = Time.at(value / 1000.0) if value.is_a?(Numeric)
          value.is_a?(Time) ? value.getutc.strftime('%a, %d %b %Y %H:%M:%S GMT') : value
        end
      end
    end
  end
end
