"""A plugin for WordPress: one file for wp-content/mu-plugins, which needs no switching on.

Pictures are sent by the web server, not by WordPress, and carry no header of this plugin; its own words say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from placet.signals.emit.compose import ROBOTS, Emission
from placet.signals.emit.file import File
from placet.signals.emit.quoting import match_octets

__all__ = ["make"]

_HEAD = """<?php
/**
 * Plugin Name: Placet
 * Description: Says what AI may do with this site. {banner}
 * Version: 1
 * License: Apache-2.0
 *
 * For wp-content/mu-plugins. Pictures and other files are sent by the web server: give it its own headers, by
 * `placet signals emit --target nginx`, `apache` or `caddy`.
 */

if ( ! defined( 'ABSPATH' ) ) {{
	exit;
}}
"""
_CODE = """
/** The path that was asked for, percent signs decoded. */
function placet_path() {
	$target = isset( $_SERVER['REQUEST_URI'] ) ? (string) $_SERVER['REQUEST_URI'] : '/';
	return rawurldecode( explode( '?', $target, 2 )[0] );
}

/** What is said there: header fields, and lines for the head of the page; null where nothing is said. */
function placet_place() {
	foreach ( PLACET_PLACES as $place ) {
		if ( preg_match( $place[0], placet_path() ) ) {
			return $place;
		}
	}
	return null;
}

add_action(
	'init',
	function () {
		$path = placet_path();
		if ( isset( PLACET_FILES[ $path ] ) ) {
			header( 'Content-Type: ' . PLACET_FILES[ $path ][0] );
			echo PLACET_FILES[ $path ][1];
			exit;
		}
	}
);

add_filter(
	'robots_txt',
	function ( $output ) {
		preg_match_all( '/^Sitemap:.*$/mi', $output, $sitemaps );
		return PLACET_ROBOTS . implode( "\\n", $sitemaps[0] ) . "\\n";
	},
	PHP_INT_MAX
);

add_action(
	'send_headers',
	function () {
		$place = placet_place();
		foreach ( $place ? $place[1] : array() as $name => $value ) {
			header( $name . ': ' . $value );
		}
	}
);

add_action(
	'wp_head',
	function () {
		$place = placet_place();
		echo $place ? $place[2] : '';
	},
	1
);
"""


def make(emission: Emission) -> tuple[File, ...]:
    banner = " ".join(emission.banner)
    body = "".join([_HEAD.format(banner=banner), *(f"\n{line}" for line in _tables(emission)), "\n", _CODE])
    return (File("placet.php", body.encode("utf-8")),)


def _tables(emission: Emission) -> Iterator[str]:
    yield f"const PLACET_ROBOTS = {_string(emission.files[ROBOTS].body.decode('utf-8'))};"
    yield "const PLACET_FILES = array("
    for name, file in emission.files.items():
        if name != ROBOTS:
            yield f"\t{_string(name)} => array( {_string(file.media_type)}, {_string(file.body.decode('utf-8'))} ),"
    yield ");"
    yield "// The narrowest path first."
    yield "const PLACET_PLACES = array("
    for place in reversed(emission.places):
        fields = ", ".join(f"{_string(name)} => {_string(value)}" for name, value in place.fields.items())
        yield f"\tarray( {_string(f'#{match_octets(place.path)}#')}, array( {fields} ), {_string(place.head)} ),"
    yield ");"


def _string(text: str) -> str:
    """Between single quotes PHP reads a backslash and a quote, and nothing else."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
