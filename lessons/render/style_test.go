package render

import (
	"math"
	"os"
	"reflect"
	"strconv"
	"testing"
)

// Every colour of a palette is readable on the backgrounds it is for, by the
// contrast ratio of WCAG 2.2 (definition "contrast ratio").
func TestContrast(t *testing.T) {
	black, nearBlack, white, cream := rgb{0, 0, 0}, rgb{40, 44, 52}, rgb{255, 255, 255}, rgb{253, 246, 227}
	tests := []struct {
		style       Style
		backgrounds []rgb
		least       float64
	}{
		{Either, []rgb{black, white}, 4.2},
		{Dark, []rgb{black, nearBlack}, 4.5},
		{Light, []rgb{white, cream}, 4.5},
	}
	for _, tt := range tests {
		colors := reflect.ValueOf(palettes()[tt.style])
		for i := range colors.NumField() {
			code, err := strconv.Atoi(colors.Field(i).String())
			if err != nil {
				t.Fatalf("style %d, %s: %v", tt.style, colors.Type().Field(i).Name, err)
			}
			for _, b := range tt.backgrounds {
				if got := contrast(xterm(code), b); got < tt.least {
					t.Errorf("style %d, %s (%d) on %v: contrast %.2f, want %.1f", tt.style, colors.Type().Field(i).Name, code, b, got, tt.least)
				}
			}
		}
	}
}

type rgb [3]float64

// xterm returns colour n, 16 to 255, of xterm's table.
func xterm(n int) rgb {
	if n >= 232 {
		grey := float64(8 + 10*(n-232))
		return rgb{grey, grey, grey}
	}
	steps := [6]float64{0, 95, 135, 175, 215, 255}
	n -= 16
	return rgb{steps[n/36], steps[n/6%6], steps[n%6]}
}

func contrast(a, b rgb) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + .05) / (min(x, y) + .05)
}

func luminance(c rgb) float64 {
	linear := func(v float64) float64 {
		if v /= 255; v <= .04045 {
			return v / 12.92
		} else {
			return math.Pow((v+.055)/1.055, 2.4)
		}
	}
	return .2126*linear(c[0]) + .7152*linear(c[1]) + .0722*linear(c[2])
}

func TestStyleFromEnvironment(t *testing.T) {
	tests := []struct {
		env        map[string]string
		isTerminal bool
		want       Style
	}{
		{nil, true, Either},
		{nil, false, Plain},
		{map[string]string{"TERM": "dumb"}, true, Plain},
		{map[string]string{"NO_COLOR": "1"}, true, Mono},
		{map[string]string{"NO_COLOR": ""}, true, Either},
		{map[string]string{"COLORFGBG": "15;0"}, true, Dark},
		{map[string]string{"COLORFGBG": "0;default;15"}, true, Light},
		{map[string]string{"COLORFGBG": "0;default"}, true, Either},
		{map[string]string{"COLORFGBG": "7;8"}, true, Dark},
		{map[string]string{"DRYDOCK_STYLE": "light", "COLORFGBG": "15;0"}, true, Light},
		{map[string]string{"DRYDOCK_STYLE": "dark"}, false, Dark},
		{map[string]string{"DRYDOCK_STYLE": "plain"}, true, Plain},
		{map[string]string{"DRYDOCK_STYLE": "pink"}, true, Either},
	}
	for _, tt := range tests {
		if got := style(func(key string) string { return tt.env[key] }, tt.isTerminal); got != tt.want {
			t.Errorf("%v, terminal %v: got %d, want %d", tt.env, tt.isTerminal, got, tt.want)
		}
	}
}

func TestDetectOfAFileIsPlain(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	env := func(key string) string { return map[string]string{"COLUMNS": "60"}[key] }
	if got, want := Detect(f, env, false), (Options{Width: 60}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
