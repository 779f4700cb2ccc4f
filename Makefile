# For those who expect make. The build is CMake's; the tests are ./check's.
.PHONY: build test web-start

build:
	./tools/setup build
	cmake --preset release && cmake --build build/release
	tools/build-web

test:
	./check

# The API with the built UI on 8000, and the UI's development server on 3001. Ctrl-C ends both.
web-start: build
	@trap 'kill 0' EXIT; build/release/clxs serve --port 8000 & npm --prefix web run dev
