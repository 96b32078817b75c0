# What people and CI type. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup build run test check bench fmt clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */  make \1\t/' | expand -t 16

setup:  ## install compilers, libraries and third parties (nothing to do: silent)
	@tools/setup

build: setup  ## the release binary: build/release/boternity
	@+tools/build release boternity

run: build  ## build, start the server with a bot named Ada, stay in the foreground
	@tools/run

test:  ## everything: unit, functional, conformance and chaos tests
	@+tools/test

check:  ## format, layers, bans, sizes, clang-tidy on what changed
	@tools/check

bench: build  ## measure the release binary; BENCH=--help tells of parts, kept pages and comparisons
	@tools/bench $(BENCH)

fmt:  ## format the C++ in place
	@git ls-files -z --cached --others --exclude-standard '*.cpp' '*.hpp' | xargs -0 -r clang-format-19 -i

clean:  ## delete build/ (third parties and the compiler's cache stay)
	@rm -rf build
