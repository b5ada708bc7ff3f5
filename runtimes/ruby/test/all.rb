# frozen_string_literal: true

# Runs every test: `ruby test/all.rb`, or those of some files: `ruby test/all.rb worker/loading`.

$LOAD_PATH.unshift(File.expand_path('../lib', __dir__), __dir__)
require 'minitest/autorun'

wanted = ARGV.take_while { |argument| !argument.start_with?('-') } # the rest is for minitest
ARGV.shift(wanted.size)
Dir[File.join(__dir__, '{unit,worker}', '*_test.rb')].sort.each do |file|
  require file if wanted.empty? || wanted.any? { |part| file.include?(part) }
end
