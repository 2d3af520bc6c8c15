<?php
// Signs who a customer is, for the chat on your website. PHP 8 with openssl, no packages; ES256.
//
//     php sign.php private.pem KID bank.example CUSTOMER [NAME] [E-MAIL]

function base64url(string $bytes): string
{
    return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
}

// A token for one showing of one page.
function token(string $pem, string $kid, string $tenant, string $customer, string $name = '', string $email = ''): string
{
    $now = time();
    $header = ['alg' => 'ES256', 'typ' => 'JWT', 'kid' => $kid];
    $claims = [
        'aud' => $tenant,
        'sub' => $customer,
        'jti' => bin2hex(random_bytes(16)),
        'iat' => $now,
        'exp' => $now + 300,
        'name' => $name,
        'email' => $email,
    ];
    $signed = base64url(json_encode($header)) . '.' . base64url(json_encode($claims));
    if (!openssl_sign($signed, $der, $pem, OPENSSL_ALGO_SHA256)) {
        throw new RuntimeException('The key could not be used.');
    }
    return $signed . '.' . base64url(side_by_side($der));
}

// JOSE wants both numbers of an ECDSA signature side by side in 32 bytes each, not as DER.
function side_by_side(string $der): string
{
    $place = 2;
    $numbers = '';
    for ($i = 0; $i < 2; $i++) {
        $length = ord($der[$place + 1]);
        $number = ltrim(substr($der, $place + 2, $length), "\0");
        $numbers .= str_pad($number, 32, "\0", STR_PAD_LEFT);
        $place += 2 + $length;
    }
    return $numbers;
}

echo token(file_get_contents($argv[1]), ...array_slice($argv, 2));
