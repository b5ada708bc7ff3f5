# frozen_string_literal: true

require_relative 'lib/motia/version'

Gem::Specification.new do |spec|
  spec.name = 'motia'
  spec.version = Motia::VERSION
  spec.summary = 'Write Motia Steps in Ruby: the author API and the worker that runs them'
  spec.authors = ['The Motia in Python authors']
  spec.license = 'Apache-2.0'
  spec.required_ruby_version = '>= 3.0'
  spec.files = Dir['lib/**/*.rb', 'exe/*', 'LICENSE', 'README.md']
  spec.bindir = 'exe'
  spec.executables = ['motia-worker']
  spec.require_paths = ['lib']
  spec.metadata = { 'rubygems_mfa_required' => 'true' }
end
